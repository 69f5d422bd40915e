import i18n from "i18next";
import resourcesToBackend from "i18next-resources-to-backend";
import { initReactI18next } from "react-i18next";
import chat from "@/locales/en/chat.json";
import pages from "@/locales/en/pages.json";
import shell from "@/locales/en/shell.json";

/** The first view's strings come with it, and what pages share; a page's own with the page. Whatever
 * comes later than its page hides that again while it is waited for, and every dialog over it. */
await i18n
  .use(
    resourcesToBackend(
      (language: string, namespace: string) => import(`../locales/${language}/${namespace}.json`),
    ),
  )
  .use(initReactI18next)
  .init({
    lng: "en",
    fallbackLng: "en",
    ns: ["shell", "chat", "pages"],
    defaultNS: "shell",
    resources: { en: { shell, chat, pages } },
    partialBundledLanguages: true,
    interpolation: { escapeValue: false },
    returnNull: false,
  });

export default i18n;
