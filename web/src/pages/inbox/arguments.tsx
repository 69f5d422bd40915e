import { ArgumentTable } from "@/approvals/arguments";

type Props = { title: string; values: Record<string, unknown> };

/** As they are, nothing hidden: this is what somebody says yes to. */
export function Arguments({ title, values }: Props) {
  return (
    <section aria-label={title}>
      <h3 className="mb-2 font-medium text-sm">{title}</h3>
      <ArgumentTable values={values} />
    </section>
  );
}
