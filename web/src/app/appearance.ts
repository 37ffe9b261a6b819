// How the designer looks to this person on this machine.
import { create } from "zustand";
import type { Language } from "../i18n/text.tsx";

export interface Appearance {
  theme: "system" | "light" | "dark";
  contrast: "normal" | "high";
  density: "compact" | "comfortable";
  language: Language;
}

const STORED = "weft.appearance";
const standard: Appearance = {
  theme: "system",
  contrast: "normal",
  density: "compact",
  language: "en",
};

function stored(): Appearance {
  try {
    return {
      ...standard,
      ...(JSON.parse(localStorage.getItem(STORED) ?? "{}") as Partial<Appearance>),
    };
  } catch {
    return standard;
  }
}

const dark = matchMedia("(prefers-color-scheme: dark)");
const moreContrast = matchMedia("(prefers-contrast: more)");

export function isDark(appearance: Appearance): boolean {
  return appearance.theme === "dark" || (appearance.theme === "system" && dark.matches);
}

function apply(appearance: Appearance): void {
  const { dataset } = document.documentElement;
  dataset.theme = isDark(appearance) ? "dark" : "light";
  dataset.density = appearance.density;
  dataset.contrast = appearance.contrast === "high" || moreContrast.matches ? "high" : "normal";
}

export const useAppearance = create<Appearance & { change: (next: Partial<Appearance>) => void }>(
  (set, get) => ({
    ...stored(),
    change: (next) => {
      set(next);
      const { theme, contrast, density, language } = get();
      localStorage.setItem(STORED, JSON.stringify({ theme, contrast, density, language }));
      apply(get());
    },
  }),
);

/** Called once before the first paint. */
export function startAppearance(): void {
  apply(useAppearance.getState());
  for (const media of [dark, moreContrast]) {
    media.addEventListener("change", () => apply(useAppearance.getState()));
  }
}
