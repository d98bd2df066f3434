"use strict";
/**
 * What tests get for `fast-check` (`moduleNameMapper` in jest.config.js): the same, with the seed of this run, and each law tried
 * `LAW_EFFORT` times as often as it asks for.
 */
const real = require("../node_modules/fast-check/lib/cjs/fast-check.js");

const effort = Number(process.env["LAW_EFFORT"] ?? "1");
real.configureGlobal({ seed: Number(process.env["LAW_SEED"]) });

const assert = (property, parameters = {}) =>
  real.assert(property, { ...parameters, numRuns: (parameters.numRuns ?? 100) * effort });

const seeded = { ...real, assert };
module.exports = { ...seeded, __esModule: true, default: seeded };
