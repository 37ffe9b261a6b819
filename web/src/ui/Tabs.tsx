import type { ReactNode } from "react";
import { Tabs as AriaTabs, Tab, TabList, TabPanel } from "react-aria-components";

export interface TabOf {
  id: string;
  label: ReactNode;
  content: ReactNode;
}

/** Tabs whose chosen one is the caller's, as a rule in the URL. */
export function Tabs(props: {
  label: string;
  tabs: TabOf[];
  chosen: string;
  onChoose: (id: string) => void;
}) {
  return (
    <AriaTabs
      className="tabs"
      selectedKey={props.chosen}
      onSelectionChange={(key) => props.onChoose(String(key))}
    >
      <TabList className="tab-list" aria-label={props.label}>
        {props.tabs.map((tab) => (
          <Tab key={tab.id} id={tab.id} className="tab">
            {tab.label}
          </Tab>
        ))}
      </TabList>
      {props.tabs.map((tab) => (
        <TabPanel key={tab.id} id={tab.id} className="tab-panel">
          {tab.content}
        </TabPanel>
      ))}
    </AriaTabs>
  );
}
