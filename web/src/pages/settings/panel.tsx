import type { ReactNode } from "react";
import { Card, CardBody } from "@/components/ui/card";

type Props = { title: string; text?: string; action?: ReactNode; children?: ReactNode };

/** One thing to set. */
export function Panel({ title, text, action, children }: Props) {
  return (
    <Card aria-label={title}>
      <CardBody className="grid gap-4">
        <div className="flex flex-wrap items-start justify-between gap-3">
          <div className="min-w-0 max-w-prose">
            <h2 className="font-semibold">{title}</h2>
            {text && <p className="text-muted-foreground text-sm">{text}</p>}
          </div>
          {action}
        </div>
        {children}
      </CardBody>
    </Card>
  );
}
