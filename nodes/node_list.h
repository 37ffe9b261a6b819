/* node_list.h - every node type of the program; one line switches one on. */
