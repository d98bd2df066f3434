import type { Ready } from "./ready.ts";

/** What a person reads when a system is up, whichever way it runs. */
export const welcome = ({ url, tokens, approvers, simulator }: Ready): string => `
  Sallyport is up: ${url}   (API description: ${url}/openapi.json)
  It guards a demonstration estate: two Azure subscriptions and an AWS account, simulated on this machine.

  Four people; copy what you need:

    export ADMIN='${tokens.administrator}'
    export ENGINEER='${tokens.requester}'
    export READER='${tokens.reader}'
    export APPROVER='${tokens.approver}'

  Three things to try:

  1. Which VMs are exposed?
     curl -s -H "Authorization: Bearer $READER" '${url}/v1/vms?status=Unhealthy&limit=5'

  2. Close the management ports of one. (The key of a VM is its vmKey above; names work in requests.)
     KEY=$(curl -s -H "Authorization: Bearer $ADMIN" '${url}/v1/vms?name=vm-jump-01' | node -p 'JSON.parse(require("fs").readFileSync(0)).items[0].vmKey')
     curl -s -X PUT -H "Authorization: Bearer $ADMIN" -H 'Content-Type: application/json' \\
       -d '{"ports":[{"port":22}],"lockdown":{"precedence":"strict"}}' "${url}/v1/vms/$KEY/policy"

  3. Ask to be let in for a minute, and wait for the answer.
     curl -s -X POST -H "Authorization: Bearer $ENGINEER" -H 'Content-Type: application/json' -H "Idempotency-Key: $RANDOM$RANDOM" -H 'Prefer: wait=20' \\
       -d '{"vm":"vm-jump-01","ports":[22],"sources":["198.51.100.77"],"duration":"PT1M","justification":"trying it out"}' ${url}/v1/access-requests

  Have people agree first: two of the three in the group ${approvers}, of whom the approver and the administrator are here. Put
  "approval":{"required":true,"needed":2,"approvers":"${approvers}"} into the policy (with -H 'If-Match: "1"'), ask as above, and say yes with
  $APPROVER and with $ADMIN:
     curl -s -X POST -H "Authorization: Bearer $APPROVER" -H "Idempotency-Key: $RANDOM$RANDOM" "${url}/v1/access-requests/$ID/approve"

  Watch a grant in EC2 as AWS's own command line sees it (pip install awscli); docs/how-to.md, "With AWS's own clients", has the rest:
     export AWS_ENDPOINT_URL=${simulator.ec2.url} AWS_DEFAULT_REGION=eu-west-1${keyOf(simulator)}
     aws ec2 describe-security-groups --filters 'Name=group-name,Values=sallyport-*' --query 'SecurityGroups[].[GroupName,IpPermissions]'

  Who gets in, by the simulated cloud's own evaluation:
     curl -s '${simulator.ec2.url}/_control/reachable?vm=vm-jump-01&port=22&source=198.51.100.77'

  Ctrl-C stops it; the next start goes on where it was.
`;

/** Of the first account, for the AWS command line. */
function keyOf({ ec2 }: Ready["simulator"]): string {
  const [account] = ec2.accounts;
  return account === undefined
    ? ""
    : ` AWS_ACCESS_KEY_ID=${account.accessKeyId} AWS_SECRET_ACCESS_KEY=${account.secretAccessKey}`;
}
