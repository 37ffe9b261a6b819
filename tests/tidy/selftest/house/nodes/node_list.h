NODE(branch_stop)
NODE(transform_map)
