import { judgeCondition } from "./condition.ts";

const ours = "Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action";
const blobRead = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";
const judge = (text: string, version = "2.0") => judgeCondition({ text, version }, ours);

describe("a condition, judged by what it says about actions", () => {
  it("is true when it binds another action only", () => {
    expect(judge(`((!(ActionMatches{'${blobRead}'})) OR (@Resource[a/b:name] StringEquals 'x'))`)).toBe("true");
    expect(
      judge(
        `((!(ActionMatches{'${blobRead}'}) AND NOT (ActionMatches{'Microsoft.Storage/*'})) OR (@Resource[x] StringEquals 'it (AND) || !'))
         AND
         ((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR (@Request[y] ForAnyOfAnyValues:GuidEquals {a, b}))`,
      ),
    ).toBe("true");
  });

  it.each([
    ["it names ours", `((!(ActionMatches{'${ours}'})) OR (@Resource[x] StringEquals 'y'))`],
    ["it names ours by a star", `((!(ActionMatches{'Microsoft.Security/*'})) OR (@Resource[x] StringEquals 'y'))`],
    [
      "it is a bare comparison",
      "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:Name] StringEquals 'foo'",
    ],
    ["its parentheses do not close", `((!(ActionMatches{'${blobRead}'})) OR (x)`],
    ["it mixes AND and OR on one level", `!(ActionMatches{'${blobRead}'}) OR x AND y`],
    ["it ends early", `!(ActionMatches{'${blobRead}'}) OR`],
    ["it asks for ours", `ActionMatches{'${ours}'}`],
    ["it names ours in one of its clauses", `(!(ActionMatches{'${blobRead}'})) OR (ActionMatches{'${ours}'})`],
    ["a text in it holds an escaped quote", `(!(ActionMatches{'${blobRead}'})) OR (x StringEquals 'a\\'b')`],
    ["it is empty", ""],
    ["it holds an odd character", `(!(ActionMatches{'${blobRead}'})) OR (a | b)`],
    ["a quote is open", `(!(ActionMatches{'${blobRead}'})) OR (a StringEquals 'b)`],
    ["something follows it", `(!(ActionMatches{'${blobRead}'})) x`],
  ])("is unknown when %s", (_, text) => expect(judge(text)).toBe("unknown"));

  it("is unknown in a version that we do not read", () => {
    expect(judge(`!(ActionMatches{'${blobRead}'})`, "3.0")).toBe("unknown");
    expect(judgeCondition({ text: `!(ActionMatches{'${blobRead}'})`, version: undefined }, ours)).toBe("unknown");
  });

  it("is false when it plainly asks for another action", () =>
    expect(judge(`ActionMatches{'${blobRead}'} AND @Resource[x] StringEquals 'y'`)).toBe("false"));
});
