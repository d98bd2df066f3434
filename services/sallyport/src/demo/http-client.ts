/** An answer that was not the one hoped for, in the words of the other side. */
export class UnexpectedAnswer extends Error {}

/** Calls one JSON API with one token. */
export interface HttpClient {
  readonly call: <Body>(
    method: string,
    path: string,
    options?: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> },
  ) => Promise<{ readonly status: number; readonly headers: Headers; readonly body: Body }>;
}

/** `fetch` with a base URL and a token; anything but 2xx is thrown, with the problem's own words. */
export const createHttpClient = (baseUrl: string, token?: string): HttpClient => ({
  call: async <Body>(
    method: string,
    path: string,
    { body, headers = {} }: { body?: unknown; headers?: Readonly<Record<string, string>> } = {},
  ) => {
    const response = await fetch(new URL(path, baseUrl), {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(70_000),
    });
    const text = await response.text();
    if (!response.ok) throw new UnexpectedAnswer(`${method} ${path}: ${response.status} ${text.slice(0, 2000)}`);
    return {
      status: response.status,
      headers: response.headers,
      body: (text === "" ? undefined : JSON.parse(text)) as Body,
    };
  },
});
