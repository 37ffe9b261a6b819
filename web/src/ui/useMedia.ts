import { useEffect, useState } from "react";

/** Whether the window is as the media query says, now and whenever that changes. */
export function useMedia(query: string): boolean {
  const [is, setIs] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const read = (): void => setIs(media.matches);
    media.addEventListener("change", read);
    return () => media.removeEventListener("change", read);
  }, [query]);
  return is;
}
