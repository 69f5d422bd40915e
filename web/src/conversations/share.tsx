import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Copy, Link2 } from "lucide-react";
import { type RefObject, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent } from "@/components/ui/dialog";
import { Failure } from "@/components/ui/failure";
import { Field } from "@/components/ui/field";
import { Found } from "@/components/ui/found";
import { Input, Select } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import { moment } from "@/lib/format";
import { reasonOf } from "@/lib/reason";
import { request } from "@/lib/request";
import { JSON_TYPE } from "./api";

interface Share {
  id: string;
  created_at: string;
  expires_at: string;
  revoked_at?: string | null;
}
interface NewShare extends Share {
  path: string;
}

const DAY = 86_400;
const PERIODS = [1, 7, 30, 365] as const;

function useShares(conversationId: string) {
  const path = `/v1/conversations/${conversationId}/shares`;
  const client = useQueryClient();
  const again = () => client.invalidateQueries({ queryKey: ["shares", conversationId] });
  const list = useQuery({
    queryKey: ["shares", conversationId],
    queryFn: async (): Promise<{ items: Share[] }> => (await request(path)).json(),
  });
  const make = useMutation({
    mutationFn: async (days: number): Promise<NewShare> => {
      const body = JSON.stringify({ expires_in: days * DAY });
      return (await request(path, { method: "POST", headers: JSON_TYPE, body })).json();
    },
    onSuccess: again,
  });
  const revoke = useMutation({
    mutationFn: (id: string) => request(`${path}/${id}`, { method: "DELETE" }),
    onSettled: again,
    // Also when the dialog has been closed meanwhile: the link still opens.
    onError: (error) => toast.error(reasonOf(error)),
  });
  return { list, make, revoke };
}

type Props = {
  conversationId: string;
  onClose: () => void;
  returnTo: RefObject<HTMLElement | null>;
};

export function ShareDialog({ conversationId, onClose, returnTo }: Props) {
  const { t } = useTranslation();
  const { list, make, revoke } = useShares(conversationId);
  const [days, setDays] = useState<number>(30);
  const address = make.data && new URL(make.data.path, location.origin).href;
  return (
    <Dialog open onOpenChange={(open) => open || onClose()}>
      <DialogContent title={t("share.title")} description={t("share.text")} returnTo={returnTo}>
        {address ? (
          <Made address={address} />
        ) : (
          <div className="flex items-end gap-2">
            <div className="flex-1">
              <Field label={t("share.expires")}>
                {(wiring) => (
                  <Select
                    {...wiring}
                    value={days}
                    onChange={(event) => setDays(Number(event.target.value))}
                  >
                    {PERIODS.map((period) => (
                      <option key={period} value={period}>
                        {t("share.days", { count: period })}
                      </option>
                    ))}
                  </Select>
                )}
              </Field>
            </div>
            <Button variant="primary" disabled={make.isPending} onClick={() => make.mutate(days)}>
              <Link2 aria-hidden />
              {t("share.make")}
            </Button>
          </div>
        )}
        {make.isError && <Failure error={make.error} />}
        <div className="mt-6 empty:hidden">
          <Found found={list} waiting={null}>
            {({ items }) => <Given shares={items} onRevoke={(id) => revoke.mutate(id)} />}
          </Found>
        </div>
      </DialogContent>
    </Dialog>
  );
}

function Made({ address }: { address: string }) {
  const { t } = useTranslation();
  const place = useRef<HTMLInputElement>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(address);
      toast.success(t("share.copied"));
    } catch {
      // Not allowed, or an address without TLS: then by hand.
      place.current?.select();
      toast.error(t("share.notCopied"));
    }
  };
  return (
    <div className="flex gap-2">
      <Input
        ref={place}
        readOnly
        value={address}
        aria-label={t("share.link")}
        className="font-mono"
        onFocus={({ target }) => target.select()}
      />
      <Button variant="primary" onClick={() => void copy()}>
        <Copy aria-hidden />
        {t("copy")}
      </Button>
    </div>
  );
}

function Given({ shares, onRevoke }: { shares: Share[]; onRevoke: (id: string) => void }) {
  const { t } = useTranslation();
  const open = shares.filter((one) => !one.revoked_at && new Date(one.expires_at) > new Date());
  if (open.length === 0) return null;
  return (
    <section>
      <h3 className="mb-2 font-medium text-sm">{t("share.given")}</h3>
      <ul className="divide-y rounded-lg border text-sm">
        {open.map((one) => (
          <li key={one.id} className="flex items-center justify-between gap-3 px-3 py-2">
            <span className="text-muted-foreground">
              {t("share.until", { at: moment(one.expires_at) })}
            </span>
            <Button size="sm" variant="outline" onClick={() => onRevoke(one.id)}>
              {t("share.revoke")}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
