import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Failure } from "@/components/ui/failure";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { SkeletonRows } from "@/components/ui/skeleton";
import { type Person, type SignIn, sessionQuery, useSignIn } from "@/lib/session";

export function SignInPage() {
  const { t } = useTranslation();
  const session = useQuery({ ...sessionQuery, staleTime: 0 });
  const { next = "/" } = useSearch({ from: "/sign-in" });
  const navigate = useNavigate();
  const signIn = useSignIn();
  const enter = (who: SignIn) =>
    signIn.mutate(who, { onSuccess: () => navigate({ href: next, replace: true }) });
  const already = session.data?.signed_in === true;
  useEffect(() => {
    if (already && signIn.isIdle) navigate({ href: next, replace: true });
  }, [already, signIn.isIdle, navigate, next]);
  const people = session.data?.people ?? [];
  return (
    <main className="grid min-h-full place-items-center px-4 py-10">
      <div className="w-full max-w-sm">
        <div className="mb-8 text-center">
          <img src="/icon.svg" alt="" className="mx-auto mb-4 size-12" />
          <h1 className="font-semibold text-2xl tracking-tight">{t("signIn.title")}</h1>
          <p className="mt-1.5 text-muted-foreground text-sm">
            {t(people.length > 0 ? "signIn.choose" : "signIn.text")}
          </p>
        </div>
        {session.isPending && <SkeletonRows rows={4} className="h-14" />}
        {session.isError && <Failure error={session.error} onRetry={() => session.refetch()} />}
        {people.length > 0 && <People people={people} busy={signIn.isPending} onChoose={enter} />}
        {session.data && <TokenForm open={people.length === 0} onEnter={enter} />}
        {signIn.isError && (
          <div className="mt-4">
            <Failure error={signIn.error} />
          </div>
        )}
      </div>
    </main>
  );
}

type PeopleProps = { people: Person[]; busy: boolean; onChoose: (who: SignIn) => void };

function People({ people, busy, onChoose }: PeopleProps) {
  const { t } = useTranslation();
  return (
    <Card aria-label={t("signIn.people")}>
      <ul className="divide-y">
        {people.map(({ id, name, role, organisation }) => (
          <li key={id}>
            <button
              type="button"
              disabled={busy}
              onClick={() => onChoose({ person: id })}
              className="flex w-full items-center gap-3 px-4 py-3 text-left first:rounded-t-xl last:rounded-b-xl hover:bg-accent focus-visible:-outline-offset-2"
            >
              <span
                aria-hidden
                className="grid size-9 place-items-center rounded-full bg-secondary font-medium text-sm"
              >
                {name.slice(0, 1)}
              </span>
              <span className="min-w-0 flex-1">
                <span className="block font-medium">{name}</span>
                <span className="block truncate text-muted-foreground text-xs">{organisation}</span>
              </span>
              <Badge>{t(`roles.${role}`)}</Badge>
            </button>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function TokenForm({ open, onEnter }: { open: boolean; onEnter: (who: SignIn) => void }) {
  const { t } = useTranslation();
  const [token, setToken] = useState("");
  return (
    <details open={open} className="mt-5 text-sm">
      <summary className="text-center text-muted-foreground">{t("signIn.withToken")}</summary>
      <form
        className="mt-3 grid gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (token.trim()) onEnter({ token: token.trim() });
        }}
      >
        <Field label={t("signIn.token")}>
          {(wiring) => (
            <Input
              {...wiring}
              type="password"
              autoComplete="off"
              value={token}
              onChange={(event) => setToken(event.target.value)}
            />
          )}
        </Field>
        <Button type="submit" variant="primary">
          {t("signIn.enter")}
        </Button>
      </form>
    </details>
  );
}
