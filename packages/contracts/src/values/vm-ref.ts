import { z } from "zod";
import type { ScopeId } from "./ids.ts";

/** The clouds there are. A third one adds its name here, its pattern below, and nothing else in this package. */
export const clouds = ["azure", "aws"] as const;
export const Cloud = z.enum(clouds);
export type Cloud = z.infer<typeof Cloud>;

// Names are letters (of any script), digits and a few signs: what else could stand between the slashes names no VM.
const AZURE =
  /^\/subscriptions\/(?<subscription>[0-9a-f-]{36})\/resourcegroups\/(?<group>[\p{L}\p{M}\p{N}_().-]{1,90})\/providers\/microsoft\.compute\/virtualmachines\/(?<name>[\p{L}\p{M}\p{N}_.-]{1,80})$/u;
const AWS = /^arn:aws[a-z-]*:ec2:(?<region>[a-z0-9-]{3,32}):(?<account>\d{12}):instance\/(?<name>i-[0-9a-f]{8,32})$/;
const patterns = { azure: AZURE, aws: AWS } as const satisfies Record<Cloud, RegExp>;

/**
 * A VM by its canonical id: the ARM id in lower case, or the instance's ARN (settled.md §1). It is the Kafka key and the subject of
 * every event, so one VM's events are in one partition. Read case-insensitively (P23).
 */
export const VmRef = z
  .string()
  .max(512)
  .transform((text) => text.toLowerCase())
  .refine((text) => clouds.some((cloud) => patterns[cloud].test(text)), {
    message: "expected an ARM id of a virtual machine or the ARN of an EC2 instance",
  })
  .brand<"VmRef">()
  .describe("canonical id of a VM: ARM id (any case) or EC2 instance ARN");
export type VmRef = z.infer<typeof VmRef>;

/** Whether a text is the canonical id of a VM of this cloud. */
export const isVmOf = (cloud: Cloud, text: string): boolean => patterns[cloud].test(text);

export function cloudOf(vm: VmRef): Cloud {
  const cloud = clouds.find((one) => patterns[one].test(vm));
  if (cloud === undefined) throw new Error(`not a canonical VM id: ${vm}`);
  return cloud;
}

/** What the canonical id of an Azure VM says; all parts are lower-cased. */
export function azureParts(vm: VmRef): {
  readonly subscription: string;
  readonly group: string;
  readonly name: string;
} {
  const { subscription = "", group = "", name = "" } = AZURE.exec(vm)?.groups ?? {};
  return { subscription, group, name };
}

/** What the ARN of an EC2 instance says. */
export function awsParts(vm: VmRef): { readonly account: string; readonly region: string; readonly instance: string } {
  const { account = "", region = "", name: instance = "" } = AWS.exec(vm)?.groups ?? {};
  return { account, region, instance };
}

/** The subscription, or `<account>/<region>`: what is surveyed and enrolled as one. */
export function scopeOf(vm: VmRef): ScopeId {
  const { account, region } = awsParts(vm);
  return (account === "" ? azureParts(vm).subscription : `${account}/${region}`) as ScopeId;
}

/** The id's last part, for sentences: the VM's name on Azure (in lower case), the instance id on AWS. */
export const shortNameOf = (vm: VmRef): string => vm.slice(vm.lastIndexOf("/") + 1);

/** The VM in URLs: base64url of the canonical id. */
export function vmKeyOf(vm: VmRef): string {
  const binary = String.fromCodePoint(...new TextEncoder().encode(vm));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The VM that a key names; `undefined` when it is the key of none. */
export function vmOfKey(key: string): VmRef | undefined {
  if (!/^[A-Za-z0-9_-]{8,2100}$/.test(key)) return undefined;
  try {
    const bytes = Uint8Array.from(atob(key.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.codePointAt(0) ?? 0);
    const vm = VmRef.safeParse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)).data;
    return vm !== undefined && vmKeyOf(vm) === key ? vm : undefined; // one key per VM: other spellings are none
  } catch {
    return undefined; // not base64, or not UTF-8
  }
}
