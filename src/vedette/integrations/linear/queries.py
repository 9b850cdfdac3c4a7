"""Queries: every document that the client can send; a test holds each against Linear's published schema.

Lists inside lists cost most of Linear's budget of complexity (10,000 points a query), hence the small numbers there.
"""

ISSUE = """
fragment Parts on Issue {
  id identifier url title description priority createdAt updatedAt completedAt canceledAt archivedAt trashed
  team { id key }
  state { id name type }
  labels(first: 30) { nodes { id name } }
  assignee { id email displayName }
  project { id name }
}
"""

ORGANIZATION = "query Organization { organization { id name } }"
VIEWER = "query Viewer { viewer { id name displayName email } organization { id name } }"
TEAM = """
query Team($key: String!) {
  teams(first: 1, filter: { key: { eqIgnoreCase: $key } }) {
    nodes { id key name states(first: 100) { nodes { id name type position } } }
  }
}
"""
TEAM_KEYS = "query TeamKeys { teams(first: 100) { nodes { key } } }"
LABELS = """
query Labels($filter: IssueLabelFilter) {
  issueLabels(first: 100, filter: $filter) { nodes { id name isGroup team { id } } }
}
"""
TEAM_LABELS = """
query TeamLabels($team: String!) {
  teams(first: 1, filter: { key: { eqIgnoreCase: $team } }) { nodes { labels(first: 100) { nodes { name } } } }
}
"""
USERS = """
query Users($filter: UserFilter) { users(first: 5, filter: $filter) { nodes { id name displayName email active } } }
"""
PROJECTS = """
query Projects($name: String!) {
  projects(first: 10, filter: { name: { eqIgnoreCase: $name } }) {
    nodes { id name teams(first: 50) { nodes { id } } }
  }
}
"""
ISSUES_BY_ID = (
    """
query IssuesById($ids: [ID!], $first: Int!) {
  issues(first: $first, includeArchived: true, filter: { id: { in: $ids } }) { nodes { ...Parts } }
}
"""
    + ISSUE
)
ISSUE_BY_KEY = (
    """
query IssueByKey($id: String!) {
  issue(id: $id) { ...Parts }
}
"""
    + ISSUE
)
WORKFLOW = (
    """
query Workflow($id: String!) {
  issue(id: $id) { ...Parts team { states(first: 100) { nodes { id name type position } } } }
}
"""
    + ISSUE
)
LABELLED = (
    """
query Labelled($label: String!, $since: DateTimeOrDuration!, $after: String) {
  issues(
    first: 50, after: $after, includeArchived: true
    filter: { labels: { some: { name: { eqIgnoreCase: $label } } }, updatedAt: { gte: $since } }
  ) { nodes { ...Parts } pageInfo { hasNextPage endCursor } }
}
"""
    + ISSUE
)
LINKED = (
    """
query Linked($url: String!, $bare: String!) {
  exact: attachmentsForURL(first: 50, includeArchived: true, url: $url) { nodes { issue { ...Parts } } }
  bare: attachmentsForURL(first: 50, includeArchived: true, url: $bare) { nodes { issue { ...Parts } } }
}
"""
    + ISSUE
)
COMMENT_BY_ID = """
query CommentById($id: ID!) {
  comments(first: 1, includeArchived: true, filter: { id: { eq: $id } }) { nodes { id } }
}
"""

CREATE = (
    """
mutation Create($input: IssueCreateInput!) {
  issueCreate(input: $input) { success issue { ...Parts } }
}
"""
    + ISSUE
)
UPDATE = (
    """
mutation Update($id: String!, $input: IssueUpdateInput!) {
  issueUpdate(id: $id, input: $input) { success issue { ...Parts } }
}
"""
    + ISSUE
)
UNARCHIVE = "mutation Unarchive($id: String!) { issueUnarchive(id: $id) { success } }"
COMMENT = "mutation Comment($input: CommentCreateInput!) { commentCreate(input: $input) { success comment { id } } }"
ATTACH = """
mutation Attach($input: AttachmentCreateInput!) { attachmentCreate(input: $input) { success attachment { id } } }
"""
LABEL = """
mutation Label($input: IssueLabelCreateInput!) { issueLabelCreate(input: $input) { success issueLabel { id name } } }
"""
