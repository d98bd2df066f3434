import type { PolicyDocument, Role } from "./role-policy.ts";

const indented = (document: PolicyDocument): string => JSON.stringify(document, null, 2).replaceAll("\n", "\n  ");

/** The role as Terraform writes it, for the AWS provider; the policies stand in it as they are printed as JSON. */
export const roleAsTerraform = ({ policy, trust }: Role): string => `resource "aws_iam_role" "sallyport" {
  name = "sallyport"
  assume_role_policy = jsonencode(${indented(trust)})
}

resource "aws_iam_role_policy" "sallyport" {
  name = "sallyport"
  role = aws_iam_role.sallyport.id
  policy = jsonencode(${indented(policy)})
}

output "sallyport_role_arn" {
  value = aws_iam_role.sallyport.arn
}
`;
