-- expect: an error without a text was raised
error(nil)
