"""Frames of every platform as a table: from what an SDK sends to the paths a repository may hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.model.owners import PathMap
from vedette.rules.frames import candidate_paths, map_path, order_frames

# What an SDK sends as file name, absolute path and module, and what must come of it.
FRAMES = [
    # Python
    ("acme/pay.py", "/app/acme/pay.py", "acme.pay", ("acme/pay.py", "app/acme/pay.py")),
    (None, None, "acme.pay.charge", ("acme/pay/charge.py", "acme/pay/charge/__init__.py")),
    ("", "", "acme.pay", ("acme/pay.py", "acme/pay/__init__.py")),
    (None, "/srv/acme/pay.py", "acme.pay", ("acme/pay.py", "acme/pay/__init__.py", "srv/acme/pay.py")),
    ("./src/x.py", None, None, ("src/x.py",)),
    ("../lib/x.rb", None, None, ("lib/x.rb",)),
    ("a/../b/./x.py", None, None, ("b/x.py",)),
    ("a//b/x.py", None, None, ("a/b/x.py",)),
    # Windows and .NET
    ("C:\\app\\x.py", None, None, ("app/x.py",)),
    ("src\\acme\\x.cs", "D:\\agent\\src\\acme\\x.cs", None, ("src/acme/x.cs", "agent/src/acme/x.cs")),
    ("/_/src/Pay.cs", None, "Acme.Pay", ("src/Pay.cs",)),
    ("C#/Program.cs", None, None, ("C#/Program.cs",)),
    ("\\\\server\\share\\x.cs", None, None, ("server/share/x.cs",)),
    # JavaScript
    ("webpack:///./src/a.ts", None, None, ("src/a.ts",)),
    ("webpack:///src/a.ts?4b1d", None, None, ("src/a.ts",)),
    ("webpack://_N_E/./src/a.ts", None, None, ("src/a.ts",)),
    ("webpack://acme-web/src/a.ts#x", None, None, ("src/a.ts",)),
    ("webpack-internal:///(app-pages-browser)/./src/app/(shop)/page.tsx", None, None, ("src/app/(shop)/page.tsx",)),
    ("turbopack:///[project]/src/[slug]/a.ts", None, None, ("src/[slug]/a.ts",)),
    ("app:///index.js", None, None, ("index.js",)),
    ("app:///dist/server/a.js", "app:///dist/server/a.js", None, ("dist/server/a.js",)),
    ("/static/x.js?v=1", "https://shop.example.test/static/x.js?v=1#top", None, ("static/x.js",)),
    ("http://localhost:3000/static/my%20file.js", None, None, ("static/my file.js",)),
    ("~/static/x.js", None, None, ("static/x.js",)),
    ("file:///home/u/x.js", None, None, ("home/u/x.js",)),
    ("file:///C:/Users/u/x.js", None, None, ("Users/u/x.js",)),
    ("capacitor://localhost/main.js", None, None, ("main.js",)),
    # Java and Kotlin
    ("Charge.java", None, "com.acme.pay.Charge", ("com/acme/pay/Charge.java", "Charge.java")),
    ("Charge.java", None, "com.acme.pay.Charge$Step$1", ("com/acme/pay/Charge.java", "Charge.java")),
    ("Charge.kt", None, "com.acme.pay.ChargeKt", ("com/acme/pay/Charge.kt", "Charge.kt")),
    ("Charge.java", None, "app//com.acme.pay.Charge", ("com/acme/pay/Charge.java", "Charge.java")),
    (None, None, "com.acme.pay.Charge$$Lambda$14/0x8", ("com/acme/pay/Charge.java", "com/acme/pay/Charge.kt")),
    ("Unknown Source", None, "com.acme.pay.Charge", ("com/acme/pay/Charge.java", "com/acme/pay/Charge.kt")),
    ("SourceFile", None, "com.acme.pay.Charge", ("com/acme/pay/Charge.java", "com/acme/pay/Charge.kt")),
    ("Charge.java", None, "Charge", ("Charge.java",)),
    (None, None, "Charge", ()),
    ("jar:file:/app/pay.jar!/com/acme/X.java", None, None, ("com/acme/X.java",)),
    ("file:/app/pay.jar!/com/acme/X.java", None, None, ("com/acme/X.java",)),
    # Go
    (
        "charge.go",
        "/go/src/github.com/acme/shop/pay/charge.go",
        "github.com/acme/shop/pay",
        (
            "pay/charge.go",
            "github.com/acme/shop/pay/charge.go",
            "charge.go",
            "go/src/github.com/acme/shop/pay/charge.go",
        ),
    ),
    ("github.com/acme/shop/v2/pay/x.go", None, None, ("pay/x.go", "github.com/acme/shop/v2/pay/x.go")),
    ("gitlab.com/acme/shop/x.go", None, None, ("x.go", "gitlab.com/acme/shop/x.go")),
    ("github.com/acme/lib@v1.2.3/x.go", None, None, ("github.com/acme/lib@v1.2.3/x.go",)),
    ("main.go", "/build/main.go", "main", ("main.go", "build/main.go")),
    # Dart
    ("package:acme/src/x.dart", None, None, ("lib/src/x.dart",)),
    # no path
    (None, None, None, ()),
    ("", "", "", ()),
    ("  ", None, None, ()),
    ("<anonymous>", None, None, ()),
    ("<anonymous>", "<anonymous>", "acme.pay", ()),
    ("<frozen importlib._bootstrap>", None, "importlib._bootstrap", ()),
    ("[native code]", None, None, ()),
    ("Native Method", None, "java.lang.Thread", ()),
    ("native", None, None, ()),
    ("node:internal/process", "node:internal/process", None, ()),
    ("dart:core", None, None, ()),
    ("unknown", None, None, ()),
    ("/", None, None, ()),
    ("https://shop.example.test/", None, None, ()),
    ("a\x00b.py", None, None, ()),
    ("https://a.example.test/a%00b.js", None, None, ()),
    ("x" * 4097, None, "y" * 5000, ()),
]


@pytest.mark.parametrize(
    ("filename", "abs_path", "module", "expected"), FRAMES, ids=[str(row[:3])[:70] for row in FRAMES]
)
def test_a_frame_becomes_the_paths_it_may_mean(
    filename: str | None, abs_path: str | None, module: str | None, expected: tuple[str, ...]
) -> None:
    assert candidate_paths(filename=filename, abs_path=abs_path, module=module) == expected


# A path, the maps in order as prefix and replacement, and what must come of it.
MAPS = [
    ("/app/acme/x.py", [("/app/", "")], "acme/x.py"),
    ("/app/acme/x.py", [("/app", "")], "acme/x.py"),
    ("/source/x.py", [("/app/", ""), ("/source/", "sweeper/")], "sweeper/x.py"),
    ("/source/x.py", [("/source", "sweeper")], "sweeper/x.py"),
    ("/source/x.py", [("/source/", "/sweeper")], "sweeper/x.py"),
    ("/application/x.py", [("/app", "")], None),
    ("app/x.py", [("/app/", "")], None),
    ("/App/x.py", [("/app/", "")], None),
    ("/app/a/x.py", [("/app/", "one"), ("/app/a/", "two")], "one/a/x.py"),
    ("/app/a/x.py", [("/app/a/", "two"), ("/app/", "one")], "two/x.py"),
    ("x.py", [("", "services/pay")], "services/pay/x.py"),
    ("/x.py", [("/", "services/pay")], "services/pay/x.py"),
    ("C:/build/x.cs", [("c:\\build\\", "src")], "src/x.cs"),
    ("D:/build/x.cs", [("C:\\build\\", "src")], None),
    ("webpack://_N_E/./src/a.ts", [("webpack://_N_E/", "web")], "web/src/a.ts"),
    ("/app/../x.py", [("/app/", "a")], "x.py"),
    ("/app/x.py", [], None),
]


@pytest.mark.parametrize(("path", "maps", "expected"), MAPS)
def test_the_first_map_whose_prefix_fits_rewrites_the_path(
    path: str, maps: list[tuple[str, str]], expected: str | None
) -> None:
    assert map_path(path, [PathMap(prefix, to) for prefix, to in maps]) == expected


@pytest.mark.parametrize(
    ("filename", "abs_path", "module", "prefix", "to", "first"),
    [
        ("acme/x.py", "/app/acme/x.py", None, "/app/", "back", "back/acme/x.py"),
        ("app/x.py", "C:\\app\\x.py", None, "C:\\app\\", "", "x.py"),
        ("app/x.py", "C:\\app\\x.py", None, "/app/", "win", "win/x.py"),
        ("./src/a.ts", None, None, "src/", "web/src", "web/src/a.ts"),
        ("webpack:///./src/a.ts", None, None, "src/", "web/src", "web/src/a.ts"),
        ("webpack:///./src/a.ts", None, None, "webpack:///./", "web", "web/src/a.ts"),
        ("app:///index.js", None, None, "app:///", "mobile", "mobile/index.js"),
        ("app:///index.js", None, None, "/", "mobile", "mobile/index.js"),
        ("~/static/x.js", None, None, "~/static/", "web", "web/x.js"),
        ("https://a.example.test/static/x.js?v=1", None, None, "/static/", "web", "web/x.js"),
        (
            "Pay.java",
            None,
            "com.acme.Pay",
            "com/acme/",
            "pay/src/main/java/com/acme",
            "pay/src/main/java/com/acme/Pay.java",
        ),
    ],
)
def test_a_mapped_path_comes_first(
    filename: str | None, abs_path: str | None, module: str | None, prefix: str, to: str, first: str
) -> None:
    found = candidate_paths(filename=filename, abs_path=abs_path, module=module, maps=[PathMap(prefix, to)])
    assert found[0] == first
    assert found[1:]  # what was sent stays a candidate


@given(
    filename=st.none() | st.text(max_size=60),
    abs_path=st.none() | st.text(alphabet="aC:/\\.%20?#~_!-@()[]<>$ \x00jarwebpack", max_size=60),
    module=st.none() | st.text(alphabet="aB./$_", max_size=40),
    maps=st.lists(st.builds(PathMap, prefix=st.text(max_size=5), to=st.text(alphabet="ab/.", max_size=5)), max_size=3),
)
def test_whatever_a_stranger_sends_the_paths_are_relative_and_clean(
    filename: str | None, abs_path: str | None, module: str | None, maps: list[PathMap]
) -> None:
    found = candidate_paths(filename=filename, abs_path=abs_path, module=module, maps=maps)
    assert len(set(found)) == len(found)
    for path in found:
        assert path
        assert "\x00" not in path
        assert not {"", ".", ".."} & set(path.split("/"))


def test_frames_run_from_the_crash_outwards_with_those_of_the_application_first() -> None:
    frames = [("main", True), ("library", False), ("handler", True), ("unknown", None), ("crash", False)]
    ordered = order_frames(frames, in_app=lambda frame: frame[1])
    assert [name for name, _ in ordered] == ["handler", "main", "unknown", "crash", "library"]
    backwards = order_frames(frames, in_app=lambda frame: frame[1], outermost_first=False)
    assert [name for name, _ in backwards] == ["main", "handler", "unknown", "library", "crash"]
