/* Which samples the values are shown for, at most as many as stay readable side by side. */
import { useText } from "../i18n/text.tsx";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { Empty } from "../ui/Empty.tsx";
import { Checkbox } from "../ui/Field.tsx";
import type { SampleChoice } from "./asking.ts";

export const MOST_SAMPLES = 8;

export function SamplesDialog(props: {
  choices: readonly SampleChoice[];
  chosen: readonly SampleChoice[];
  onChange: (chosen: readonly SampleChoice[]) => void;
  onClose: () => void;
}) {
  const t = useText();
  const { choices, chosen } = props;
  const ids = new Set(chosen.map((one) => one.id));
  return (
    <Dialog
      title={t("mapper.samples")}
      open
      onClose={props.onClose}
      closeLabel={t("act.close")}
      foot={
        <Button look="primary" onPress={props.onClose}>
          {t("mapper.done")}
        </Button>
      }
    >
      <p className="field-help">{t("mapper.samplesHelp", { count: MOST_SAMPLES })}</p>
      {choices.length === 0 ? (
        <Empty title={t("mapper.noSamples")}>{t("mapper.noSamplesText")}</Empty>
      ) : (
        <div className="map-sample-list">
          {choices.map((choice) => (
            <Checkbox
              key={choice.id}
              checked={ids.has(choice.id)}
              disabled={!ids.has(choice.id) && ids.size >= MOST_SAMPLES}
              onChange={(on) =>
                props.onChange(
                  on ? [...chosen, choice] : chosen.filter((one) => one.id !== choice.id),
                )
              }
            >
              <span className="foreign">{choice.label}</span>
            </Checkbox>
          ))}
        </div>
      )}
    </Dialog>
  );
}
