/* node_list.h - every node type of the program; one line switches one on. */
NODE(trigger_webhook)
NODE(trigger_manual)
NODE(transform_map)
NODE(transform_script)
NODE(branch_switch)
NODE(branch_filter)
NODE(connector_http)
NODE(connector_respond)
