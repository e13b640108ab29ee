/** Names for what the service answers; the shapes come from its OpenAPI document. */

import type { components } from "./schema";

type Schemas = components["schemas"];

export type Exemplar = Schemas["ExemplarBody"];
export type ExemplarPage = Schemas["PageBody"];
export type Outcome = Schemas["OutcomeBody"];
export type RowChange = Schemas["RowChangeBody"];
export type Version = Schemas["VersionBody"];
export type Versions = Schemas["VersionsBody"];
export type Diff = Schemas["DiffBody"];
export type Histories = Schemas["HistoriesBody"];
export type Coverage = Schemas["CoverageBody"];
export type Tag = Schemas["TagBody"];
export type Job = Schemas["JobBody"];
export type Jobs = Schemas["JobsBody"];
export type Info = Schemas["InfoBody"];
export type ErrorDetail = Schemas["ErrorDetail"];
