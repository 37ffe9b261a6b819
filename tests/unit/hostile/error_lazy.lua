-- expect: an error without a message was raised
error(trigger.body)
