import { useCallback, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Failure } from "@/components/ui/failure";
import { forgetFailures } from "./lazy-page";

/** A page that broke, or whose code did not come: the frame around it goes on. */
export function Oops({ error, reset }: { error: unknown; reset: () => void }) {
  const { t } = useTranslation();
  const again = useCallback(() => {
    forgetFailures();
    reset();
  }, [reset]);
  useEffect(() => {
    addEventListener("online", again);
    return () => removeEventListener("online", again);
  }, [again]);
  return (
    <div className="mx-auto max-w-xl px-4 py-16">
      <h1 className="mb-4 font-semibold text-xl">{t("oops")}</h1>
      <Failure error={error} onRetry={again} />
    </div>
  );
}
