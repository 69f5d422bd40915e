import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import { asList } from "./form";

type Props = {
  label: string;
  names: string[];
  value: string;
  onChange: (value: string) => void;
};

/** Names to press instead of to type. */
export function Picks({ label, names, value, onChange }: Props) {
  const { t } = useTranslation("agents");
  const chosen = asList(value);
  const toggle = (name: string) =>
    onChange(
      (chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name]).join(", "),
    );
  if (names.length === 0) return null;
  return (
    <fieldset className="mt-1 flex max-h-32 flex-wrap gap-1.5 overflow-y-auto p-0.5">
      <legend className="sr-only">{t("picks", { label })}</legend>
      {names.map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={chosen.includes(name)}
          onClick={() => toggle(name)}
          className={cn(
            "min-h-6 rounded-full border px-2.5 py-0.5 font-mono text-xs hover:bg-accent",
            chosen.includes(name) && "border-primary bg-info-soft text-primary",
          )}
        >
          {name}
        </button>
      ))}
    </fieldset>
  );
}
