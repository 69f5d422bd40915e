import { useQuery } from "@tanstack/react-query";
import { Bot, ChevronDown } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import {
  Menu,
  MenuChoice,
  MenuContent,
  MenuGroup,
  MenuLabel,
  MenuTrigger,
} from "@/components/ui/menu";
import { api, got } from "@/lib/api";
import { cn } from "@/lib/cn";
import { reasonOf } from "@/lib/reason";

type Props = {
  agent: string;
  onChoose: (agent: string) => void;
  disabled?: boolean /** Where there is little room. */;
  short?: boolean;
};

/** Who answers in this conversation. */
export function AgentPicker({ agent, onChoose, disabled, short }: Props) {
  const { t } = useTranslation("chat");
  const agents = useQuery({
    queryKey: ["agents", "usable"],
    queryFn: () => got(api.GET("/v1/agents")),
    staleTime: 60_000,
  });
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button
          variant="quiet"
          size="sm"
          disabled={disabled}
          aria-label={t("agent.picker", { agent })}
        >
          <Bot aria-hidden />
          <span className={cn("max-w-28 truncate", short && "max-sm:hidden")}>{agent}</span>
          <ChevronDown aria-hidden />
        </Button>
      </MenuTrigger>
      <MenuContent align="start" className="w-72">
        <MenuLabel>{t("agent.who")}</MenuLabel>
        {agents.isLoadingError && <MenuLabel>{reasonOf(agents.error)}</MenuLabel>}
        <MenuGroup value={agent} onValueChange={onChoose}>
          {(agents.data?.items ?? []).map(({ name, description }) => (
            <MenuChoice key={name} value={name}>
              <span className="block font-medium">{name}</span>
              <span className="line-clamp-2 text-muted-foreground text-xs">{description}</span>
            </MenuChoice>
          ))}
        </MenuGroup>
      </MenuContent>
    </Menu>
  );
}
