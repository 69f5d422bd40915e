import { useTranslation } from "react-i18next";
import { Button } from "./button";
import { Failure } from "./failure";
import { Spinner } from "./spinner";

type Props = {
  found: {
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    isFetchNextPageError: boolean;
    error: Error | null;
    fetchNextPage: () => unknown;
  };
};

/** What follows in a list, asked for by hand; where asking failed, why. */
export function More({ found }: Props) {
  const { t } = useTranslation("pages");
  const more = () => void found.fetchNextPage();
  if (found.isFetchNextPageError) {
    return (
      <div className="mt-3">
        <Failure error={found.error} onRetry={more} />
      </div>
    );
  }
  if (!found.hasNextPage) return null;
  return (
    <Button
      variant="outline"
      className="mt-3 w-full"
      disabled={found.isFetchingNextPage}
      onClick={more}
    >
      {found.isFetchingNextPage && <Spinner />}
      {t("more")}
    </Button>
  );
}
