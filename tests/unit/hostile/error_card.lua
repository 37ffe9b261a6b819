-- expect: card 4111 11** **** 1111 refused
error("card 4111 1111 1111 1111 refused")
