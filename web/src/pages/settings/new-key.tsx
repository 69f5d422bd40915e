import { Copy } from "lucide-react";
import { type FormEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Dialog, DialogActions, DialogContent } from "@/components/ui/dialog";
import { Failure } from "@/components/ui/failure";
import { Field } from "@/components/ui/field";
import { Input, Select } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import { problemAt } from "@/lib/field-problems";
import type { Role } from "@/lib/session";
import { type MadeKey, useMakeKey } from "./model";

type Props = { open: boolean; onOpenChange: (open: boolean) => void };

const ROLES: Role[] = ["viewer", "member", "approver", "admin"];
const LIVES = ["30", "90", "365", "never"] as const;
type Life = (typeof LIVES)[number];
const DAY = 86_400;

/** Makes a key and shows it, once: closing forgets it, so that asks first. */
export function NewKeyDialog({ open, onOpenChange }: Props) {
  const { t } = useTranslation("settings");
  const [made, setMade] = useState<MadeKey | null>(null);
  const [asking, setAsking] = useState(false);
  const close = () => {
    setAsking(false);
    setMade(null);
    onOpenChange(false);
  };
  const change = (now: boolean) => {
    if (now) onOpenChange(true);
    else if (made) setAsking(true);
    else close();
  };
  return (
    <Dialog open={open} onOpenChange={change}>
      <DialogContent
        title={made ? t("keys.made") : t("keys.new")}
        description={made ? t("keys.madeText") : t("keys.text")}
      >
        {made ? <Shown made={made} onDone={close} /> : <Form onMade={setMade} />}
        <Confirm
          open={asking}
          onOpenChange={setAsking}
          title={t("keys.leave")}
          description={t("keys.leaveText")}
          action={t("keys.leaveAction")}
          onConfirm={close}
        />
      </DialogContent>
    </Dialog>
  );
}

function Form({ onMade }: { onMade: (key: MadeKey) => void }) {
  const { t } = useTranslation("settings");
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("member");
  const [life, setLife] = useState<Life>("90");
  const make = useMakeKey();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const expires_in = life === "never" ? null : Number(life) * DAY;
    make.mutate({ name, role, expires_in }, { onSuccess: onMade });
  };
  return (
    <form onSubmit={submit} className="grid gap-4">
      <Field label={t("keys.name")} hint={t("keys.nameHint")} error={problemAt(make.error, "name")}>
        {(wiring) => (
          <Input
            {...wiring}
            required
            maxLength={100}
            value={name}
            onChange={({ target }) => setName(target.value)}
          />
        )}
      </Field>
      <Field label={t("keys.role")}>
        {(wiring) => (
          <Select {...wiring} value={role} onChange={({ target }) => setRole(target.value as Role)}>
            {ROLES.map((one) => (
              <option key={one} value={one}>
                {t(`account.roles.${one}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label={t("keys.expires")}>
        {(wiring) => (
          <Select {...wiring} value={life} onChange={({ target }) => setLife(target.value as Life)}>
            {LIVES.map((one) => (
              <option key={one} value={one}>
                {t(`keys.expiresOptions.${one}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {make.error && <Failure error={make.error} />}
      <DialogActions>
        <Button type="submit" variant="primary" disabled={!name.trim() || make.isPending}>
          {t("keys.make")}
        </Button>
      </DialogActions>
    </form>
  );
}

function Shown({ made, onDone }: { made: MadeKey; onDone: () => void }) {
  const { t } = useTranslation("settings");
  const place = useRef<HTMLInputElement>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(made.key);
      toast.success(t("keys.copied"));
    } catch {
      // Not allowed, or an address without TLS: then by hand.
      place.current?.select();
      toast.error(t("keys.notCopied"));
    }
  };
  return (
    <>
      <div className="flex gap-2">
        <Input
          ref={place}
          readOnly
          aria-label={t("keys.made")}
          className="font-mono text-xs"
          value={made.key}
          onFocus={({ target }) => target.select()}
        />
        <Button variant="outline" onClick={() => void copy()}>
          <Copy aria-hidden />
          {t("keys.copy")}
        </Button>
      </div>
      <DialogActions>
        <Button variant="primary" onClick={onDone}>
          {t("keys.done")}
        </Button>
      </DialogActions>
    </>
  );
}
