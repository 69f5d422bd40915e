import { useTranslation } from "react-i18next";
import { Field as Labelled } from "@/components/ui/field";
import { Input, Select, Textarea } from "@/components/ui/input";
import type agents from "@/locales/en/agents.json";
import { CHOICES, type Field, FLAGS, isNumber, LISTS, LONG } from "./form";
import { useKnown } from "./known";
import { Picks } from "./picks";

type Props = {
  field: Field;
  value: string;
  error: string | null;
  /** Whose field it is; none for a new agent's. */
  agent: string | undefined;
  onChange: (value: string) => void;
};
type Wiring = { id: string; "aria-describedby"?: string; "aria-invalid"?: true };

export function AgentField({ field, value, error, agent, onChange }: Props) {
  const { t } = useTranslation("agents");
  if (FLAGS.includes(field)) {
    return (
      <label className="flex items-center gap-2 text-sm">
        <input
          type="checkbox"
          checked={value === "true"}
          onChange={({ target }) => onChange(String(target.checked))}
        />
        {t(`fields.${field}`)}
      </label>
    );
  }
  const hint = isHinted(field) ? t(`hints.${field}`) : undefined;
  return (
    <Labelled label={t(`fields.${field}`)} hint={hint} error={error}>
      {(wiring) => (
        <>
          <Control field={field} value={value} onChange={onChange} wiring={wiring} />
          {LISTS.includes(field) && (
            <Known field={field} value={value} agent={agent} onChange={onChange} />
          )}
        </>
      )}
    </Labelled>
  );
}

function Known({ field, value, agent, onChange }: Omit<Props, "error">) {
  const { t } = useTranslation("agents");
  const names = useKnown(field, agent);
  return <Picks label={t(`fields.${field}`)} names={names} value={value} onChange={onChange} />;
}

type ControlProps = Omit<Props, "error" | "agent"> & { wiring: Wiring };

function Control({ field, value, onChange, wiring }: ControlProps) {
  const { t } = useTranslation("agents");
  const told = { ...wiring, value };
  const choices = CHOICES[field] as readonly Choice[] | undefined;
  if (choices) {
    return (
      <Select {...told} onChange={({ target }) => onChange(target.value)}>
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {t(`choices.${choice}`)}
          </option>
        ))}
      </Select>
    );
  }
  if (LONG.includes(field)) {
    return (
      <Textarea
        {...told}
        rows={field === "instructions" ? 10 : 3}
        spellCheck={field !== "rules"}
        className={field === "rules" || field === "examples" ? "font-mono text-xs" : ""}
        onChange={({ target }) => onChange(target.value)}
      />
    );
  }
  return (
    <Input
      {...told}
      type={isNumber(field) ? "number" : "text"}
      step="any"
      onChange={({ target }) => onChange(target.value)}
    />
  );
}

type Choice = keyof typeof agents.choices;
const HINTED = [
  "description",
  "instructions",
  "examples",
  "model",
  "fallback_model",
  "temperature",
  "collections",
  "tools",
  "rules",
  "members",
  "rounds",
  "deadline",
  "cost_budget",
] as const;
const isHinted = (field: Field): field is (typeof HINTED)[number] =>
  (HINTED as readonly string[]).includes(field);
