import { assuming, inWords, permissions } from "./permissions.ts";
import type { Kind, Only } from "./permissions.ts";

/** `docs/reference/aws-permissions.md`: every permission that the role needs in an account, on what, and why. */
export function permissionsPage(): string {
  const rows = Object.entries(permissions).map(
    ([action, { why, on }]) => `| \`ec2:${action}\` | ${on.map(place).join("; ")} | ${why} |`,
  );
  const entering = Object.entries(assuming).map(
    ([action, why]) => `| \`sts:${action}\` | the role, in its trust policy and for who assumes it | ${why} |`,
  );
  return [
    "# What Sallyport may do in an AWS account",
    "",
    "Generated from `packages/cloud-aws/src/permissions.ts` by `npm run reference`; `sallyport role aws` prints the policy. The adapter can",
    "call nothing else. The scanner needs only what reads.",
    "",
    "| Permission | On | Why |",
    "| --- | --- | --- |",
    ...rows,
    ...entering,
    "",
  ].join("\n");
}

function place(one: { readonly kinds: readonly Kind[]; readonly only?: Only }): string {
  const kinds = one.kinds.map((kind) => (kind === "any" ? "everything; EC2 takes no resource for it" : `\`${kind}\``));
  return `${kinds.join(", ")}${one.only === undefined ? "" : ` ${inWords[one.only]}`}`;
}
