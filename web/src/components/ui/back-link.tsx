import { Link } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";

type Props = { to: "/documents" | "/agents" | "/inbox"; children: string };

/** To the list that a page belongs to. */
export function BackLink({ to, children }: Props) {
  return (
    <Link
      to={to}
      className="mb-4 inline-flex items-center gap-1.5 text-muted-foreground text-sm hover:text-foreground"
    >
      <ArrowLeft aria-hidden className="size-4" />
      {children}
    </Link>
  );
}
