// The words of the screens, by key. en.json is the source of the keys' types, and of each module's
// words; the pseudo-locale shows in tests which words are not from there and which do not fit when
// they are longer.
import { createContext, type ReactNode, useCallback, useContext, useEffect } from "react";
import { IntlProvider, useIntl } from "react-intl";
import { lacking } from "../api/session.ts";
import type en from "./en.json";
import { pseudo } from "./pseudo.ts";
import { words } from "./words.ts";

export type TextKey = keyof typeof en;
export type Values = Record<string, string | number | boolean | Date | null | undefined>;
export type Translate = (key: TextKey, values?: Values) => string;

export type Language = "en" | "en-XA";

/** Both grow with each screen that is loaded. */
const messages: Record<Language, Record<string, string>> = {
  en: words,
  "en-XA": new Proxy(words, { get: (all, key: string) => pseudo(all[key] ?? key) }),
};

const LanguageContext = createContext<Language>("en");

export function TextProvider({ language, children }: { language: Language; children: ReactNode }) {
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  return (
    <LanguageContext value={language}>
      <IntlProvider locale="en" messages={messages[language]}>
        {children}
      </IntlProvider>
    </LanguageContext>
  );
}

export function useLanguage(): Language {
  return useContext(LanguageContext);
}

export function useText(): Translate {
  const intl = useIntl();
  return useCallback(
    (id, values) => {
      const text = intl.formatMessage({ id }, values);
      if (id !== "may.not") return text;
      return `${text} ${intl.formatMessage({ id: "may.ask" }, lacking(`${values?.permission}`))}`;
    },
    [intl],
  );
}

/** Whether a text made of parts is a key: for the words of states that the server names. */
export function isTextKey(key: string): key is TextKey {
  return Object.hasOwn(words, key);
}
