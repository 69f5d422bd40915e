import { useTranslation } from "react-i18next";
import { useSession } from "./session";

/** A person as they are known here: "you", or the beginning of their id. */
export function useWho(): (id: string | null | undefined) => string {
  const { t } = useTranslation("pages");
  const me = useSession().user?.id;
  return (id) => {
    if (!id) return t("nobody");
    return id === me ? t("you") : id.slice(0, 8);
  };
}
