NODE(transform_map)
