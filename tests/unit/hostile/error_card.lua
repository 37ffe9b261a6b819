-- expect: card [card number] refused
error("card 4111 1111 1111 1111 refused")
