import type { Cloud } from "@sallyport/contracts";

/** One call of a cloud's API, as the cloud sees it. */
export interface CloudCall {
  readonly cloud: Cloud;
  /** HTTP verb and path, or EC2 action. */
  readonly what: string;
  readonly isWrite: boolean;
}

/** What a call of ARM, or of EC2, is about. */
export const readCall = {
  azure: (method: string, url: string): CloudCall => ({
    cloud: "azure",
    what: `${method} ${url.split("?")[0] ?? ""}`,
    isWrite: method !== "GET" && !/\/(?:list[A-Z]|getMemberGroups)\w*(?:\?|$)/.test(url),
  }),
  aws: (body: string): CloudCall => {
    const what = new URLSearchParams(body).get("Action") ?? "";
    return { cloud: "aws", what, isWrite: !/^(Describe|Get)/.test(what) };
  },
} as const;
