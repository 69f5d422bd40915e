import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/components/ui/icon-button";
import { toast } from "@/components/ui/toast";

export function CopyButton({ text }: { text: string }) {
  const { t } = useTranslation("chat");
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 2_000);
  };
  return (
    <IconButton
      size="icon-sm"
      label={t(copied ? "answer.copied" : "answer.copy")}
      onClick={() => void copy().catch(() => toast.error(t("answer.notCopied")))}
    >
      {copied ? <Check /> : <Copy />}
    </IconButton>
  );
}
