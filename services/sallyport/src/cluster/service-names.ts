/** The five services of a cluster, each a process of its own; the names are their folders'. */
export const serviceNames = ["request-api", "authz", "enforcer-azure", "enforcer-aws", "scanner"] as const;
export type ServiceName = (typeof serviceNames)[number];
