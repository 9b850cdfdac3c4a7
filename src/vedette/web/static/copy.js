// Buttons that copy what stands beside them. Without scripts they stay hidden, and the text is there to be selected.
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    const said = document.getElementById("copied");
    try {
      await navigator.clipboard.writeText(source.textContent);
      said.textContent = `Copied: ${button.dataset.what}`;
    } catch {
      // No clipboard (a page without TLS): the text is selected, so that the keyboard copies it.
      getSelection().selectAllChildren(source);
      said.textContent = `Selected, not copied: ${button.dataset.what}`;
    }
  });
}
