"""Client of Enode's API: devices, users, linked vendors, refresh hints."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from lastseen.domain import document
from lastseen.domain.deadline import Deadline
from lastseen.domain.device import DeviceId, DeviceKind, is_id
from lastseen.domain.observation import (
    ChargingReading,
    LinkedVendor,
    ListedUser,
    ListPage,
    Observation,
    is_usable,
)
from lastseen.domain.twin import TwinKey
from lastseen.enode import models
from lastseen.enode.session import Session, expect_success, is_missing, segment
from lastseen.enode.transport import ApiResponse, RequestStats

PAGE_SIZE = 50
"""Enode's own default. No document says how large a page may be."""

TRIES_OF_A_HINT = 2
"""Asking twice does no harm, but a hint is a favour that is asked rarely."""

_NOT_FOR_THIS_CLIENT = (403, 404)


@dataclass(frozen=True)
class EnodeClient:
    """Enode's API; honours `usecases.ports.Enode` and `SmartCharging`. Safe to share between threads.

    Attributes:
        session: The way there.
        page_size: How many elements a page may have.
        twins: Gives the key by which twins are named; None to name none.
    """

    session: Session
    page_size: int = PAGE_SIZE
    twins: Callable[[], TwinKey] | None = None

    @property
    def stats(self) -> RequestStats:
        """What happened so far."""
        return self.session.stats

    def within(self, deadline: Deadline | None = None) -> Self:
        """Give the same client for one run: with a deadline, or none, and statistics that begin at nothing."""
        return replace(self, session=self.session.within(deadline))

    def device(self, device: DeviceId) -> Observation | None:
        """Get one device; None if Enode does not have it.

        Raises:
            EnodeUnavailable: It did not say; with status 200, what it said cannot be used.
        """
        answer = self.session.get(f"/{device.kind.collection}/{segment(device.id)}")
        if is_missing(answer):
            return None
        reading = self._reading(device.kind, models.parse(expect_success(answer), self.stats), answer)
        if reading is None or reading.device != device:
            raise answer.unexpected("the answer is not the device that was asked for")
        return reading

    def smart_charging_status(self, vehicle_id: str) -> ChargingReading | None:
        """Get how a vehicle's smart charging stands; None if Enode does not have the vehicle.

        Raises:
            EnodeUnavailable: It did not say; with status 200, what it said cannot be used.
        """
        answer = self.session.get(f"/vehicles/{segment(vehicle_id)}/smart-charging-status")
        if is_missing(answer):
            return None
        status = models.parse(expect_success(answer), self.stats)
        if (
            not isinstance(status, dict)
            or status.get("vehicleId") != vehicle_id
            or not is_id(status.get("userId"))
            or not models.is_keepable(status)
        ):
            raise answer.unexpected("the answer is not the status of the vehicle that was asked for")
        return ChargingReading(DeviceId(DeviceKind.VEHICLE, vehicle_id), status["userId"], status, answer.at)

    def devices(
        self, kind: DeviceKind, *, user_id: str | None = None, after: str | None = None
    ) -> ListPage[Observation]:
        """Get one page of a kind's list, of one user or of all.

        A user whom Enode does not have has no devices. Neither has a client HEM systems for whom Enode has not
        switched them on, which is how a 403 or 404 to that one list is read. In both cases what was known before has
        to be confirmed by a get before it is given up; `device` does not take such an answer for a no.

        Raises:
            EnodeUnavailable: It did not say; status 400 if it does not know the cursor (any more).
        """
        whose = "" if user_id is None else f"/users/{segment(user_id)}"
        answer = self._list(f"{whose}/{kind.collection}", after)
        is_optional = kind is DeviceKind.HEM_SYSTEM and answer.status in _NOT_FOR_THIS_CLIENT
        if is_optional or (user_id is not None and is_missing(answer)):
            return ListPage((), None, answer.at)
        page = self._page(answer, after)
        readings = [self._reading(kind, element, answer) for element in page.data]
        return self._of_usable(readings, page.pagination.after, answer)

    def users(self, *, after: str | None = None) -> ListPage[ListedUser]:
        """Get one page of users, each with Enode's own entry; raises as `devices` does."""
        answer = self._list("/users", after)
        page = self._page(answer, after)
        users = [_user(element, answer) for element in page.data]
        return self._of_usable(users, page.pagination.after, answer)

    def linked_vendors(self, user_id: str) -> Sequence[LinkedVendor] | None:
        """Get a user's vendors; None if Enode does not have the user. Raises EnodeUnavailable if it did not say."""
        answer = self.session.get(f"/users/{segment(user_id)}")
        if is_missing(answer):
            return None
        user = models.read(models.UserBody, expect_success(answer))
        vendors = [models.parse_or_none(models.Vendor, element) for element in user.linked_vendors]
        self.stats.add(unusable=vendors.count(None))
        return tuple(vendor.to_domain() for vendor in vendors if vendor is not None)

    def hint(self, device: DeviceId) -> bool:
        """Ask Enode to look at a device soon; False if it does not have it, or has no hints for its kind.

        Raises:
            EnodeUnavailable: It did not take the hint.
        """
        if not device.kind.can_be_hinted:
            return False
        path = f"/{device.kind.collection}/{segment(device.id)}/refresh-hint"
        answer = self.session.call("POST", path, tries=TRIES_OF_A_HINT)
        if is_missing(answer):
            return False
        expect_success(answer)
        return True

    def _list(self, path: str, after: str | None) -> ApiResponse:
        params = {"pageSize": str(self.page_size)}
        return self.session.get(path, params if after is None else params | {"after": after})

    def _page(self, answer: ApiResponse, after: str | None) -> models.Listed:
        page = models.listed(expect_success(answer), self.stats)
        if after is not None and page.pagination.after == after:
            raise answer.unexpected("the list does not move on: the next page is the one that was asked for")
        return page

    def _reading(self, kind: DeviceKind, resource: Any, answer: ApiResponse) -> Observation | None:
        if not isinstance(resource, dict) or not is_usable(resource) or not models.is_keepable(resource):
            return None
        user_id = resource["userId"]
        name = None if self.twins is None else self.twins().named_in(user_id, kind, resource)
        return Observation(DeviceId(kind, resource["id"]), user_id, resource, answer.at, name)

    def _of_usable[T](self, found: Sequence[T | None], after: str | None, answer: ApiResponse) -> ListPage[T]:
        items = tuple(item for item in found if item is not None)
        unusable = len(found) - len(items)
        self.stats.add(unusable=unusable)
        return ListPage(items, after or None, answer.at, unusable)


def _user(element: Any, answer: ApiResponse) -> ListedUser | None:
    if not isinstance(element, dict) or not is_id(element.get("id")) or not models.is_keepable(element):
        return None
    return ListedUser(element["id"], document.encode(element), answer.at)
