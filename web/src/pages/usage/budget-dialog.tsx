import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { DialogActions } from "@/components/ui/dialog";
import { Failure } from "@/components/ui/failure";
import { Field } from "@/components/ui/field";
import { GuardedDialog } from "@/components/ui/guarded-dialog";
import { Input, Select } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import { problemAt } from "@/lib/field-problems";
import { type Budget, type BudgetChange, useSetBudget } from "./model";

type Props = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** Those that are set: changing one limit leaves the other as it is. */
  budgets: Budget[];
};
const HOLDERS = ["space", "users", "user"] as const;
type Values = {
  holder: (typeof HOLDERS)[number];
  user_id: string;
  tokens: string;
  cost_usd: string;
};

export function BudgetDialog({ open, onOpenChange, budgets }: Props) {
  const { t } = useTranslation("usage");
  return (
    <GuardedDialog
      open={open}
      onOpenChange={onOpenChange}
      title={t("budgets.set")}
      description={t("budgets.setText")}
    >
      <Form budgets={budgets} onSaved={() => onOpenChange(false)} />
    </GuardedDialog>
  );
}

function Form({ budgets, onSaved }: { budgets: Budget[]; onSaved: () => void }) {
  const { t } = useTranslation("usage");
  const save = useSetBudget();
  const [values, setValues] = useState<Values>({
    holder: "space",
    user_id: "",
    ...limitsOf(budgets, "space", ""),
  });
  const set = (part: Partial<Values>) => setValues((now) => ({ ...now, ...part }));
  const choose = (holder: Values["holder"], user_id: string) =>
    set({ holder, user_id, ...limitsOf(budgets, holder, user_id) });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const onSuccess = () => {
      toast.success(t("budgets.saved"));
      onSaved();
    };
    save.mutate(changeOf(values), { onSuccess });
  };
  const text = (key: "user_id" | "tokens" | "cost_usd", label: string, type: string) => (
    <Field label={label} error={problemAt(save.error, key)}>
      {(wiring) => (
        <Input
          {...wiring}
          type={type}
          min={0}
          step={key === "tokens" ? 1 : "any"}
          required={key === "user_id"}
          value={values[key]}
          onChange={({ target }) =>
            key === "user_id" ? choose(values.holder, target.value) : set({ [key]: target.value })
          }
        />
      )}
    </Field>
  );
  return (
    <form onSubmit={submit} className="grid gap-4">
      <Field label={t("budgets.holder")}>
        {(wiring) => (
          <Select
            {...wiring}
            value={values.holder}
            onChange={({ target }) => choose(target.value as Values["holder"], values.user_id)}
          >
            {HOLDERS.map((holder) => (
              <option key={holder} value={holder}>
                {t(`budgets.holders.${holder}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {values.holder === "user" && text("user_id", t("budgets.user"), "text")}
      {text("tokens", t("budgets.tokens"), "number")}
      {text("cost_usd", t("budgets.cost"), "number")}
      {save.error && <Failure error={save.error} />}
      <DialogActions>
        <Button type="submit" variant="primary" disabled={save.isPending}>
          {t("budgets.save")}
        </Button>
      </DialogActions>
    </form>
  );
}

/** What is set for that holder, as it is written in the form. */
function limitsOf(budgets: Budget[], holder: Values["holder"], user: string) {
  const known = budgets.find(
    (one) => one.holder === holder && (holder !== "user" || one.user_id === user.trim()),
  );
  return { tokens: String(known?.tokens ?? ""), cost_usd: String(known?.cost_usd ?? "") };
}

function changeOf({ holder, user_id, tokens, cost_usd }: Values): BudgetChange {
  return {
    holder,
    user_id: holder === "user" ? user_id.trim() : null,
    tokens: tokens === "" ? null : Number(tokens),
    cost_usd: cost_usd === "" ? null : cost_usd,
  };
}
