// Headers of answers, by what they say.

export const etag = { ETag: "the policy's version, in quotes" };
export const location = { Location: "where the request is found from now on" };
export const applied = { "Preference-Applied": "wait=N, when the call waited" };
