export * from "./network/address-set.ts";
export * from "./network/mark.ts";
export * from "./network/model.ts";
export * from "./network/plan-all.ts";
export * from "./network/want.ts";
export * from "./recommendation/vm-facts.ts";
