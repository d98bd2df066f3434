import type { AwsDocuments } from "../documents.ts";
import type { Instant } from "@sallyport/contracts";
import { AccountExtras, sessionIdentity, userIdentity, withinOrganisation } from "./account.ts";
import type { Identity, Session } from "./account.ts";
import { createDirectory } from "./iam/directory.ts";
import type { Directory, Held, Role } from "./iam/directory.ts";
import { loadRegion } from "./load-region.ts";
import { emptyRegion } from "./region.ts";
import type { AwsRegion } from "./region.ts";
import { saveRegion } from "./save-region.ts";

/** All accounts and regions of the simulated AWS, and what each region was before the last write of an object. */
export interface Estate {
  readonly accountIds: () => readonly string[];
  /** Regions that the world holds for an account; any other well-formed one is empty. */
  readonly regionNames: (accountId: string) => readonly string[];
  readonly region: (accountId: string, name: string) => AwsRegion;
  readonly regions: () => readonly AwsRegion[];
  /** Puts the next value in place; `objects` are what the write was about, `made` the one that did not exist before. */
  readonly commit: (next: AwsRegion, objects: readonly string[], at: Instant, made?: string) => void;
  /** When an object was made, if that was since the start and not too long ago. */
  readonly madeAt: (region: AwsRegion, object: string) => Instant | undefined;
  /** The region just before the latest write of one of the objects (of any object, when none is named). */
  readonly before: (region: AwsRegion, objects: readonly string[]) => Before | undefined;
  readonly identityOf: (accessKeyId: string) => Identity | undefined;
  /** A secret of the account's own, to seal with what only it is to read. */
  readonly secretOf: (accountId: string) => string;
  readonly anyIdentity: () => Identity | undefined;
  readonly role: (arn: string) => Held<Role> | undefined;
  readonly managedPolicy: Directory["managedPolicy"];
  readonly addSession: (accountId: string, session: Session, now: number) => void;
  readonly documents: () => AwsDocuments;
}

export interface Before {
  readonly region: AwsRegion;
  readonly at: Instant;
}

/** How many objects' former states are kept; the oldest are forgotten first. */
const REMEMBERED = 256;

export function createEstate(documents: AwsDocuments): Estate {
  const accounts = new Map(
    documents.accounts.map((account) => {
      const { ListRoles, GetAccountAuthorizationDetails, serviceControlPolicies, sessions } =
        AccountExtras.parse(account);
      const directory = createDirectory(ListRoles?.Roles ?? [], GetAccountAuthorizationDetails);
      const regions = new Map(
        Object.entries(account.regions).map(([name, calls]) => [
          name,
          loadRegion(account.accountId, name, calls, account.quotas),
        ]),
      );
      return [account.accountId, { account, directory, serviceControlPolicies, sessions: [...sessions], regions }];
    }),
  );
  const former = new Map<string, Before>();
  const made = new Map<string, Instant>();
  const keyOf = (region: AwsRegion, object: string) => `${region.accountId}/${region.name}/${object}`;
  const remember = <T>(memory: Map<string, T>, key: string, value: T) => {
    memory.delete(key);
    memory.set(key, value);
    const [oldest] = memory.keys();
    if (memory.size > REMEMBERED && oldest !== undefined) memory.delete(oldest);
  };
  const regionOf: Estate["region"] = (accountId, name) =>
    accounts.get(accountId)?.regions.get(name) ?? emptyRegion(accountId, name, accounts.get(accountId)?.account.quotas);
  const roleOf: Estate["role"] = (arn) => accounts.get(arn.split(":")[4] ?? "")?.directory.role(arn);
  const keys = [...accounts.values()].flatMap(({ account, directory, serviceControlPolicies }) =>
    account.accessKeys.map((key) => {
      const user = key.userName === undefined ? undefined : directory.user(key.userName);
      return withinOrganisation(userIdentity(account.accountId, key, user), serviceControlPolicies);
    }),
  );
  const identityOf: Estate["identityOf"] = (accessKeyId) => {
    const user = keys.find((key) => key.accessKeyId === accessKeyId);
    if (user !== undefined) return user;
    for (const { account, sessions, serviceControlPolicies } of accounts.values()) {
      const session = sessions.find((one) => one.accessKeyId === accessKeyId);
      if (session !== undefined)
        return withinOrganisation(
          sessionIdentity(account.accountId, session, roleOf(session.roleArn)),
          serviceControlPolicies,
        );
    }
    return undefined;
  };
  return {
    accountIds: () => [...accounts.keys()],
    regionNames: (accountId) => [...(accounts.get(accountId)?.regions.keys() ?? [])],
    region: regionOf,
    regions: () => [...accounts.values()].flatMap(({ regions }) => [...regions.values()]),
    commit: (next, objects, at, created) => {
      const before = { region: regionOf(next.accountId, next.name), at };
      for (const object of ["*", ...objects]) remember(former, keyOf(next, object), before);
      if (created !== undefined) remember(made, keyOf(next, created), at);
      accounts.get(next.accountId)?.regions.set(next.name, next);
    },
    madeAt: (region, object) => made.get(keyOf(region, object)),
    before: (region, objects) => {
      const known = objects.flatMap((object) => former.get(keyOf(region, object)) ?? []);
      const latest = known.reduce<Before | undefined>((a, b) => (a !== undefined && a.at > b.at ? a : b), undefined);
      return objects.length === 0 ? former.get(keyOf(region, "*")) : latest;
    },
    identityOf,
    secretOf: (accountId) => accounts.get(accountId)?.account.accessKeys[0]?.secretAccessKey ?? accountId,
    anyIdentity: () => keys[0],
    role: roleOf,
    managedPolicy: (arn) =>
      [...accounts.values()].map(({ directory }) => directory.managedPolicy(arn)).find((one) => one !== undefined),
    addSession: (accountId, session, now) => {
      const account = accounts.get(accountId);
      if (account === undefined) return;
      account.sessions = [...account.sessions.filter(({ expiresAt }) => expiresAt > now), session];
    },
    documents: () => ({
      ...documents,
      accounts: [...accounts.values()].map(({ account, sessions, regions }) => ({
        ...account,
        sessions,
        regions: Object.fromEntries([...regions].map(([name, region]) => [name, saveRegion(region)])),
      })),
    }),
  };
}
