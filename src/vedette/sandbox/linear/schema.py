"""Schema: the slice of Linear's that the stand-in speaks; whatever is not in it is refused.

A test holds every line of it against the published schema: https://github.com/linear/linear/blob/master/packages/sdk
"""

from vedette.sandbox.linear.language import read_slice

_PAGED = "after: String, first: Int, includeArchived: Boolean, orderBy: PaginationOrderBy"

TEXT = f"""
type Query {{
  issue(id: String!): Issue!
  issues({_PAGED}, filter: IssueFilter): IssueConnection!
  comments({_PAGED}, filter: CommentFilter): CommentConnection!
  attachmentsForURL({_PAGED}, url: String!): AttachmentConnection!
  teams({_PAGED}, filter: TeamFilter): TeamConnection!
  users({_PAGED}, filter: UserFilter): UserConnection!
  issueLabels({_PAGED}, filter: IssueLabelFilter): IssueLabelConnection!
  projects({_PAGED}, filter: ProjectFilter): ProjectConnection!
  viewer: User!
  organization: Organization!
}}
type Mutation {{
  issueCreate(input: IssueCreateInput!): IssuePayload!
  issueUpdate(id: String!, input: IssueUpdateInput!): IssuePayload!
  issueUnarchive(id: String!): IssueArchivePayload!
  commentCreate(input: CommentCreateInput!): CommentPayload!
  attachmentCreate(input: AttachmentCreateInput!): AttachmentPayload!
  issueLabelCreate(input: IssueLabelCreateInput!): IssueLabelPayload!
}}
type IssuePayload {{ success: Boolean! lastSyncId: Float! issue: Issue }}
type IssueArchivePayload {{ success: Boolean! lastSyncId: Float! entity: Issue }}
type CommentPayload {{ success: Boolean! lastSyncId: Float! comment: Comment! }}
type AttachmentPayload {{ success: Boolean! lastSyncId: Float! attachment: Attachment! }}
type IssueLabelPayload {{ success: Boolean! lastSyncId: Float! issueLabel: IssueLabel! }}
type PageInfo {{ hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }}
type IssueConnection {{ nodes: [Issue!]! pageInfo: PageInfo! }}
type CommentConnection {{ nodes: [Comment!]! pageInfo: PageInfo! }}
type AttachmentConnection {{ nodes: [Attachment!]! pageInfo: PageInfo! }}
type TeamConnection {{ nodes: [Team!]! pageInfo: PageInfo! }}
type UserConnection {{ nodes: [User!]! pageInfo: PageInfo! }}
type IssueLabelConnection {{ nodes: [IssueLabel!]! pageInfo: PageInfo! }}
type ProjectConnection {{ nodes: [Project!]! pageInfo: PageInfo! }}
type WorkflowStateConnection {{ nodes: [WorkflowState!]! pageInfo: PageInfo! }}
type Organization {{ id: ID! name: String! urlKey: String! }}
type Issue {{
  id: ID! identifier: String! number: Float! url: String! title: String! description: String
  priority: Float! priorityLabel: String! labelIds: [String!]! previousIdentifiers: [String!]!
  createdAt: DateTime! updatedAt: DateTime! completedAt: DateTime canceledAt: DateTime archivedAt: DateTime
  trashed: Boolean state: WorkflowState! team: Team! project: Project assignee: User
  labels({_PAGED}, filter: IssueLabelFilter): IssueLabelConnection!
  comments({_PAGED}, filter: CommentFilter): CommentConnection!
  attachments({_PAGED}): AttachmentConnection!
}}
type WorkflowState {{ id: ID! name: String! type: String! position: Float! }}
type IssueLabel {{ id: ID! name: String! isGroup: Boolean! team: Team }}
type Project {{ id: ID! name: String! url: String! teams({_PAGED}, filter: TeamFilter): TeamConnection! }}
type Team {{
  id: ID! key: String! name: String!
  states({_PAGED}): WorkflowStateConnection!
  labels({_PAGED}, filter: IssueLabelFilter): IssueLabelConnection!
  members({_PAGED}, filter: UserFilter): UserConnection!
  projects({_PAGED}, filter: ProjectFilter): ProjectConnection!
}}
type User {{ id: ID! name: String! displayName: String! email: String! active: Boolean! organization: Organization! }}
type Comment {{ id: ID! body: String! url: String! createdAt: DateTime! issue: Issue user: User }}
type Attachment {{
  id: ID! url: String! title: String! subtitle: String metadata: JSONObject! createdAt: DateTime! issue: Issue!
}}
enum PaginationOrderBy {{ createdAt updatedAt }}
input IssueFilter {{
  id: IssueIDComparator team: TeamFilter labels: IssueLabelCollectionFilter title: StringComparator
  createdAt: DateComparator updatedAt: DateComparator and: [IssueFilter!] or: [IssueFilter!]
}}
input CommentFilter {{ id: IDComparator and: [CommentFilter!] or: [CommentFilter!] }}
input TeamFilter {{
  id: IDComparator key: StringComparator name: StringComparator and: [TeamFilter!] or: [TeamFilter!]
}}
input NullableTeamFilter {{ id: IDComparator key: StringComparator null: Boolean }}
input UserFilter {{
  id: IDComparator email: StringComparator name: StringComparator displayName: StringComparator
  active: BooleanComparator and: [UserFilter!] or: [UserFilter!]
}}
input IssueLabelFilter {{
  id: IDComparator name: StringComparator team: NullableTeamFilter and: [IssueLabelFilter!] or: [IssueLabelFilter!]
}}
input IssueLabelCollectionFilter {{ some: IssueLabelFilter every: IssueLabelFilter }}
input ProjectFilter {{ id: IDComparator name: StringComparator and: [ProjectFilter!] or: [ProjectFilter!] }}
input IssueIDComparator {{ eq: ID neq: ID in: [ID!] nin: [ID!] }}
input IDComparator {{ eq: ID neq: ID in: [ID!] nin: [ID!] }}
input BooleanComparator {{ eq: Boolean neq: Boolean }}
input StringComparator {{
  eq: String neq: String in: [String!] nin: [String!] eqIgnoreCase: String neqIgnoreCase: String
  contains: String containsIgnoreCase: String startsWith: String endsWith: String
}}
input DateComparator {{
  eq: DateTimeOrDuration gt: DateTimeOrDuration gte: DateTimeOrDuration lt: DateTimeOrDuration lte: DateTimeOrDuration
}}
input IssueCreateInput {{
  id: String teamId: String! title: String description: String labelIds: [String!] stateId: String priority: Int
  assigneeId: String projectId: String
}}
input IssueUpdateInput {{
  title: String description: String labelIds: [String!] addedLabelIds: [String!] removedLabelIds: [String!]
  stateId: String teamId: String priority: Int assigneeId: String projectId: String trashed: Boolean
}}
input CommentCreateInput {{ id: String issueId: String body: String }}
input AttachmentCreateInput {{
  id: String issueId: String! title: String! url: String! subtitle: String metadata: JSONObject
}}
input IssueLabelCreateInput {{ id: String name: String! teamId: String color: String description: String }}
"""
KNOWN = read_slice(TEXT)
