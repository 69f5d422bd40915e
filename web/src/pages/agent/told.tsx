import { useTranslation } from "react-i18next";
import { Found } from "@/components/ui/found";
import { SkeletonRows } from "@/components/ui/skeleton";
import { type Agent, useTold } from "@/pages/agents/model";

/** The template, and what a model reads of it today. */
export function Told({ agent }: { agent: Agent }) {
  const { t } = useTranslation("agents");
  const told = useTold(agent.name);
  return (
    <div className="grid gap-6 lg:grid-cols-2">
      <Text title={t("told.template")} text={agent.instructions || t("told.none")} />
      <div>
        <Found found={told} waiting={<SkeletonRows />}>
          {({ instructions }) => <Text title={t("told.today")} text={instructions} />}
        </Found>
      </div>
      {agent.examples.length > 0 && (
        <section aria-label={t("fields.examples")} className="lg:col-span-2">
          <h2 className="mb-2 font-medium text-sm">{t("fields.examples")}</h2>
          <ul className="grid gap-3">
            {agent.examples.map(({ user, assistant }) => (
              <li key={user} className="grid gap-2 rounded-lg border p-3 text-sm">
                <p className="whitespace-pre-wrap font-medium">{user}</p>
                <p className="whitespace-pre-wrap text-muted-foreground">{assistant}</p>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function Text({ title, text }: { title: string; text: string }) {
  return (
    <section aria-label={title} className="min-w-0">
      <h2 className="mb-2 font-medium text-sm">{title}</h2>
      <pre className="whitespace-pre-wrap break-words rounded-lg border bg-muted p-4 font-mono text-xs leading-5">
        {text}
      </pre>
    </section>
  );
}
