import { useId } from "react";
import { useTranslation } from "react-i18next";
import { LETTERS } from "@/lib/keys";
import { chooseTheme, type Theme, useTheme } from "@/lib/theme";
import { useStored } from "@/shell/stored";
import { Panel } from "./panel";

const THEMES: Theme[] = ["system", "light", "dark"];

export function Appearance() {
  const { t } = useTranslation("settings");
  const chosen = useTheme();
  return (
    <Panel title={t("theme.title")}>
      <fieldset className="flex flex-wrap gap-x-5 gap-y-2 text-sm">
        <legend className="sr-only">{t("theme.label")}</legend>
        {THEMES.map((theme) => (
          <label key={theme} className="flex items-center gap-2">
            <input
              type="radio"
              name="theme"
              checked={chosen === theme}
              onChange={() => chooseTheme(theme)}
            />
            {t(`theme.${theme}`)}
          </label>
        ))}
      </fieldset>
      <Letters />
    </Panel>
  );
}

function Letters() {
  const { t } = useTranslation("settings");
  const [on, setOn] = useStored(LETTERS, true);
  const hint = useId();
  return (
    <div className="text-sm">
      <label className="flex items-center gap-2">
        <input
          type="checkbox"
          aria-describedby={hint}
          checked={on}
          onChange={({ target }) => setOn(target.checked)}
        />
        {t("theme.letters")}
      </label>
      <p id={hint} className="mt-1 text-muted-foreground">
        {t("theme.lettersHint")}
      </p>
    </div>
  );
}
