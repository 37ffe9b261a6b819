// A connection of the workspace, made where it is needed: for this system, or for any.
import { SharedDialog } from "./SharedDialog.tsx";
import type { Needs } from "./shared.ts";
import { useConnectors } from "./useConnectors.ts";
import "./connections.css";

export function NewConnection(props: {
  connector: string | undefined;
  /** What it is called until somebody says otherwise. */
  name?: string;
  needs?: Needs | undefined;
  onKept: (name: string, connector: string) => void;
  onClose: () => void;
}) {
  const { data } = useConnectors();
  if (!data) return null;
  const { connector } = props;
  const fit = data.filter((one) => connector === undefined || one.connector === connector);
  return (
    <SharedDialog
      connectors={fit}
      shared={undefined}
      {...(props.name === undefined ? {} : { name: props.name })}
      needs={props.needs}
      onKept={props.onKept}
      onClose={props.onClose}
    />
  );
}
