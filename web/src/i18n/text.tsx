// The words of the screens, by key. en.json is the source of the keys' types; the pseudo-locale
// shows in tests which words are not from there and which do not fit when they are longer.
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo } from "react";
import { IntlProvider, useIntl } from "react-intl";
import en from "./en.json";
import { pseudo } from "./pseudo.ts";

export type TextKey = keyof typeof en;
export type Values = Record<string, string | number | boolean | Date | null | undefined>;
export type Translate = (key: TextKey, values?: Values) => string;

export type Language = "en" | "en-XA";

function messagesOf(language: Language): Record<string, string> {
  if (language === "en") return en;
  return Object.fromEntries(Object.entries(en).map(([key, text]) => [key, pseudo(text)]));
}

const LanguageContext = createContext<Language>("en");

export function TextProvider({ language, children }: { language: Language; children: ReactNode }) {
  const messages = useMemo(() => messagesOf(language), [language]);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  return (
    <LanguageContext value={language}>
      <IntlProvider locale="en" messages={messages}>
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
  return useCallback((key, values) => intl.formatMessage({ id: key }, values), [intl]);
}

/** Whether a text made of parts is a key: for the words of states that the server names. */
export function isTextKey(key: string): key is TextKey {
  return Object.hasOwn(en, key);
}
