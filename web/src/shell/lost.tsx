import { Link } from "@tanstack/react-router";
import { Compass } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/ui/button";
import { Empty } from "@/components/ui/empty";

export function Lost() {
  const { t } = useTranslation();
  return (
    <main>
      <Empty icon={Compass} title={t("lost.title")} text={t("lost.text")}>
        <Button asChild variant="primary">
          <Link to="/">{t("lost.home")}</Link>
        </Button>
      </Empty>
    </main>
  );
}
