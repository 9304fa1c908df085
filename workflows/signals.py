"""Every fact that may be told, as a signal of its name: facts happened, so they cannot be refused."""

from collections import deque

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from journeys import facts as f


class Hears:
    """Takes in what is told, in order, for the loop to learn."""

    inbox: deque[f.Told]

    def told(self, fact: f.Told) -> None:
        self.inbox.append(fact)

    @workflow.signal(description="Money is on its way")
    def payment_announced(self, fact: f.PaymentAnnounced) -> None:
        self.told(fact)

    @workflow.signal(description="Announced money will not come")
    def payment_failed(self, fact: f.PaymentFailed) -> None:
        self.told(fact)

    @workflow.signal(description="Money came in")
    def payment_received(self, fact: f.PaymentReceived) -> None:
        self.told(fact)

    @workflow.signal(description="A payment was taken back")
    def payment_reversed(self, fact: f.PaymentReversed) -> None:
        self.told(fact)

    @workflow.signal(description="A fee was added to what is owed")
    def fee_charged(self, fact: f.FeeCharged) -> None:
        self.told(fact)

    @workflow.signal(description="A part of what is owed was let go")
    def sum_waived(self, fact: f.SumWaived) -> None:
        self.told(fact)

    @workflow.signal(description="New instalments take the place of the old ones")
    def schedule_changed(self, fact: f.ScheduleChanged) -> None:
        self.told(fact)

    @workflow.signal(description="The loan was sold, recalled, written off …")
    def loan_left(self, fact: f.LoanLeft) -> None:
        self.told(fact)

    @workflow.signal(description="What came of the loan at court")
    def court_ended(self, fact: f.CourtEnded) -> None:
        self.told(fact)

    @workflow.signal(description="The borrower promised to pay")
    def promise_made(self, fact: f.PromiseMade) -> None:
        self.told(fact)

    @workflow.signal(description="A promise was taken back")
    def promise_withdrawn(self, fact: f.PromiseWithdrawn) -> None:
        self.told(fact)

    @workflow.signal(description="The arrears are paid by a plan from now on")
    def plan_agreed(self, fact: f.PlanAgreed) -> None:
        self.told(fact)

    @workflow.signal(description="A plan was ended before its time")
    def plan_revoked(self, fact: f.PlanRevoked) -> None:
        self.told(fact)

    @workflow.signal(description="Less than the whole is accepted as final")
    def settlement_offered(self, fact: f.SettlementOffered) -> None:
        self.told(fact)

    @workflow.signal(description="An offer to settle was taken back")
    def settlement_revoked(self, fact: f.SettlementRevoked) -> None:
        self.told(fact)

    @workflow.signal(description="The borrower disputes the debt, or a part of it")
    def dispute_raised(self, fact: f.DisputeRaised) -> None:
        self.told(fact)

    @workflow.signal(description="The borrower wrote something that a person must read")
    def reply_received(self, fact: f.ReplyReceived) -> None:
        self.told(fact)

    @workflow.signal(description="The borrower cannot pay for now")
    def hardship_reported(self, fact: f.HardshipReported) -> None:
        self.told(fact)

    @workflow.signal(description="The borrower can pay again")
    def hardship_ended(self, fact: f.HardshipEnded) -> None:
        self.told(fact)

    @workflow.signal(description="Why the borrower did not pay")
    def default_explained(self, fact: f.DefaultExplained) -> None:
        self.told(fact)

    @workflow.signal(description="The borrower closed a channel, or all of them")
    def opted_out(self, fact: f.OptedOut) -> None:
        self.told(fact)

    @workflow.signal(description="A number or address does not lead to the borrower")
    def contact_point_failed(self, fact: f.ContactPointFailed) -> None:
        self.told(fact)

    @workflow.signal(description="A provider said what became of a contact")
    def delivery_reported(self, fact: f.DeliveryReported) -> None:
        self.told(fact)

    @workflow.signal(description="Something the law looks at: a consent, an attorney, a notice given")
    def circumstance_noted(self, fact: f.CircumstanceNoted) -> None:
        self.told(fact)

    @workflow.signal(description="A person finished a task")
    def task_reported(self, fact: f.TaskReported) -> None:
        self.told(fact)

    @workflow.signal(description="Staff placed a hold (from the ledger; operators use the update)")
    def hold_placed(self, fact: f.HoldPlaced) -> None:
        self.told(fact)

    @workflow.signal(description="Staff lifted a hold (from the ledger; operators use the update)")
    def hold_lifted(self, fact: f.HoldLifted) -> None:
        self.told(fact)

    @workflow.signal(description="Staff stopped the journey (from the ledger; operators use the update)")
    def journey_stopped(self, fact: f.JourneyStopped) -> None:
        self.told(fact)

    @workflow.signal(description="Staff moved the journey (from the ledger; operators use the update)")
    def strategy_changed(self, fact: f.StrategyChanged) -> None:
        self.told(fact)

    @workflow.signal(description="Something is owed after all")
    def journey_reopened(self, fact: f.JourneyReopened) -> None:
        self.told(fact)
