from dataclasses import dataclass

from activities.outbound import Sent


@dataclass
class Letterhead:
    lender: str
    street: tuple
    phone: str
    complaints: str


class Post:
    def __init__(self, outbox, letterhead):
        self.outbox = outbox

    def send(self, o):
        return Sent("post", o.contact_id)


def typeset_hand_off(data, at):
    return b"%PDF"
