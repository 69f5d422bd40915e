/** An agent on its way through a form: each field is written as text, and read back as it was. */

import { problemAt } from "@/lib/field-problems";
import { ApiError } from "@/lib/problem";
import type { Agent, AgentChange } from "@/pages/agents/model";

export const STRATEGIES = [
  "auto",
  "plain",
  "concise",
  "analytical",
  "summarising",
  "tool_heavy",
] as const;
export const PATTERNS = ["single", "sequential", "parallel", "supervisor", "debate"] as const;
export const CONTAMINATIONS = ["tell", "withdraw", "hold_sentences", "hold_whole"] as const;
export const REFUSALS = ["continue", "end"] as const;

export const FIELDS = {
  purpose: ["description", "instructions", "examples"],
  model: ["model", "fallback_model", "strategy", "temperature", "output_tokens", "context_tokens"],
  knowledge: ["retrieves", "collections", "top_k", "rerank", "passage_tokens"],
  acting: ["tools", "rules", "on_refusal", "on_contamination"],
  team: ["pattern", "members", "rounds"],
  limits: ["iteration_limit", "tool_call_limit", "token_budget", "cost_budget", "deadline"],
} as const;
export type Section = keyof typeof FIELDS;
export type Field = (typeof FIELDS)[Section][number];
export const SECTIONS = Object.keys(FIELDS) as Section[];

export type Values = Record<Field, string>;

export const CHOICES: Partial<Record<Field, readonly string[]>> = {
  strategy: STRATEGIES,
  pattern: PATTERNS,
  on_refusal: REFUSALS,
  on_contamination: CONTAMINATIONS,
};
export const LONG: readonly Field[] = ["description", "instructions", "examples", "rules"];
export const FLAGS: readonly Field[] = ["retrieves", "rerank"];
export const LISTS: readonly Field[] = ["tools", "collections", "members"];
const JSONS: readonly Field[] = ["examples", "rules"];
const NUMBERS: readonly Field[] = [
  "temperature",
  "output_tokens",
  "context_tokens",
  "top_k",
  "passage_tokens",
  "rounds",
  "iteration_limit",
  "tool_call_limit",
  "token_budget",
];
export const isNumber = (field: Field): boolean =>
  NUMBERS.includes(field) || field === "deadline" || field === "cost_budget";

const ALL = SECTIONS.flatMap((section): readonly Field[] => FIELDS[section]);

export function written(agent: Partial<Agent>): Values {
  return Object.fromEntries(ALL.map((field) => [field, asText(field, agent[field])])) as Values;
}

function asText(field: Field, value: unknown): string {
  if (value === null || value === undefined) return "";
  if (field === "deadline") return String(seconds(String(value)) / 60);
  if (LISTS.includes(field)) return (value as string[]).join(", ");
  if (JSONS.includes(field)) {
    return (value as unknown[]).length === 0 ? "" : JSON.stringify(value, null, 2);
  }
  return String(value);
}

/** Fields that say something else than before, as the API takes them; SyntaxError for bad JSON. */
export function changed(values: Values, before: Values): AgentChange {
  const fields = ALL.filter((field) => values[field] !== before[field]);
  return Object.fromEntries(fields.map((field) => [field, asValue(field, values[field].trim())]));
}

function asValue(field: Field, text: string): unknown {
  if (FLAGS.includes(field)) return text === "true";
  if (LISTS.includes(field)) return asList(text);
  if (JSONS.includes(field)) return text ? JSON.parse(text) : [];
  if (field === "deadline") return Math.round(Number(text) * 60);
  if (NUMBERS.includes(field)) return text === "" ? null : Number(text);
  return text === "" && !LONG.includes(field) ? null : text;
}

/** Names between commas or spaces. */
export function asList(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}

/** Of an ISO 8601 duration. */
export function seconds(duration: string): number {
  const found = /^P(?:([\d.]+)D)?(?:T(?:([\d.]+)H)?(?:([\d.]+)M)?(?:([\d.]+)S)?)?$/.exec(duration);
  if (!found) return 0;
  const [days = 0, hours = 0, minutes = 0, rest = 0] = found
    .slice(1)
    .map((part) => Number(part ?? 0));
  return ((days * 24 + hours) * 60 + minutes) * 60 + rest;
}

/** Where the API names a mistake of the whole by its code, the field that it is about. */
const BY_CODE: Record<string, Field | "name"> = {
  agent_name_invalid: "name",
  agent_exists: "name",
  agent_description_invalid: "description",
  agent_template_invalid: "instructions",
  agent_tool_unknown: "tools",
  agent_collection_unknown: "collections",
  agent_member_unknown: "members",
  agent_recursive: "members",
  agent_pattern_unsound: "pattern",
  agent_budget_unsound: "token_budget",
  agent_rules_unsound: "rules",
};

export function wrongAt(error: unknown, field: Field | "name"): string | null {
  if (error instanceof SyntaxError) return null;
  const byPointer = problemAt(error, field);
  if (byPointer) return byPointer;
  const about = error instanceof ApiError ? BY_CODE[error.code] : undefined;
  return about === field && error instanceof ApiError ? error.message : null;
}
