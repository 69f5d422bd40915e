import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/confirm";
import { Found } from "@/components/ui/found";
import { SkeletonRows } from "@/components/ui/skeleton";
import { Table, Td, Th } from "@/components/ui/table";
import { toast } from "@/components/ui/toast";
import { ago, day } from "@/lib/format";
import { reasonOf } from "@/lib/reason";
import { useWho } from "@/lib/who";
import { type ApiKey, useKeys, useRevokeKey } from "./model";
import { NewKeyDialog } from "./new-key";
import { Panel } from "./panel";

export function ApiKeys() {
  const { t } = useTranslation("settings");
  const found = useKeys();
  const [open, setOpen] = useState(false);
  return (
    <Panel
      title={t("keys.title")}
      text={t("keys.text")}
      action={
        <Button variant="outline" onClick={() => setOpen(true)}>
          <Plus aria-hidden />
          {t("keys.new")}
        </Button>
      }
    >
      <Found found={found} waiting={<SkeletonRows rows={2} />}>
        {(keys) =>
          keys.length === 0 ? <p className="text-sm">{t("keys.none")}</p> : <KeyTable keys={keys} />
        }
      </Found>
      <NewKeyDialog open={open} onOpenChange={setOpen} />
    </Panel>
  );
}

const COLUMNS = ["name", "prefix", "role", "owner", "used", "expires"] as const;

function KeyTable({ keys }: { keys: ApiKey[] }) {
  const { t } = useTranslation("settings");
  return (
    <Table label={t("keys.title")}>
      <thead>
        <tr>
          {COLUMNS.map((key) => (
            <Th key={key}>{t(`keys.columns.${key}`)}</Th>
          ))}
          <Th>
            <span className="sr-only">{t("keys.columns.actions")}</span>
          </Th>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <KeyRow key={key.id} known={key} />
        ))}
      </tbody>
    </Table>
  );
}

function KeyRow({ known }: { known: ApiKey }) {
  const { t } = useTranslation("settings");
  const who = useWho();
  const { name, prefix, role, user_id, last_used_at, expires_at } = known;
  return (
    <tr>
      <Td className="wrap-anywhere min-w-32">{name}</Td>
      <Td className="font-mono text-xs leading-6">{`${prefix}…`}</Td>
      <Td>{t(`account.roles.${role}`)}</Td>
      <Td>{who(user_id)}</Td>
      <Td className="whitespace-nowrap">
        {last_used_at ? ago(last_used_at) : t("keys.neverUsed")}
      </Td>
      <Td className="whitespace-nowrap">
        <Ending at={expires_at} />
      </Td>
      <Td className="text-right">
        <Revoking known={known} />
      </Td>
    </tr>
  );
}

function Ending({ at }: { at: string | null }) {
  const { t } = useTranslation("settings");
  if (at === null) return t("keys.neverEnds");
  return Date.parse(at) > Date.now() ? day(at) : <Badge tone="danger">{t("keys.ended")}</Badge>;
}

function Revoking({ known: { id, name } }: { known: ApiKey }) {
  const { t } = useTranslation("settings");
  const [open, setOpen] = useState(false);
  const revoke = useRevokeKey();
  return (
    <>
      <Button size="sm" variant="outline" onClick={() => setOpen(true)}>
        {t("keys.revoke")}
        <span className="sr-only">{name}</span>
      </Button>
      <Confirm
        open={open}
        onOpenChange={setOpen}
        title={t("keys.revokeTitle", { name })}
        description={t("keys.revokeText")}
        action={t("keys.revoke")}
        onConfirm={() =>
          revoke.mutate(id, {
            onSuccess: () => toast.success(t("keys.revoked", { name })),
            onError: (error) => toast.error(reasonOf(error)),
          })
        }
      />
    </>
  );
}
