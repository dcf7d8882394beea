// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Attested} from "../../src/types/Attested.sol";
import {Position} from "../../src/types/Position.sol";
import {DisputesFixture} from "./DisputesFixture.sol";
import {Encoder} from "./Encoder.sol";

/// @notice One batch of a committee of four, posted with two others, and challenges to it.
abstract contract ChallengesFixture is DisputesFixture {
    using Encoder for Encoder.Encoded;

    /// @dev Encoded once: schoolbook arithmetic is slow.
    bytes internal encoded;
    bytes internal header;
    /// @dev Its place under the posted headersRoot.
    uint256 internal constant INDEX = 1;
    bytes internal headerPath;
    bytes[] internal posted;
    bytes32 internal digest;
    bytes32 internal root;

    function setUp() public virtual override {
        super.setUp();
        Encoder.Encoded memory e = Encoder.encode(4, _batch("batch", 150));
        encoded = abi.encode(e);
        _use(e);
    }

    function _use(Encoder.Encoded memory e) internal {
        header = _headerOf(e);
        digest = ledger.headerDigest(header);
        root = e.root;
        posted = _headers(digest, committee.currentEpoch(), 3);
        posted[INDEX] = header;
        (, headerPath) = _tree(_digests(posted), INDEX);
        _post(posted, committee.currentEpoch(), _all());
    }

    function _challenge(address challenger, Position memory position) internal {
        vm.deal(challenger, BOND);
        vm.prank(challenger);
        disputes.challenge{value: BOND}(header, INDEX, headerPath, position);
    }

    function _isOpen(Position memory position) internal view returns (bool) {
        (, uint48 deadline,) = disputes.challengeOf(_idOf(digest, position));
        return deadline != 0;
    }

    function _isAnswered(Position memory position) internal view returns (bool answered) {
        (,, answered) = disputes.challengeOf(_idOf(digest, position));
    }

    /// @dev What the member attested to when the header was posted.
    function _attested(uint256 member) internal view returns (Attested memory) {
        return _attested(posted, INDEX, committee.currentEpoch(), member);
    }

    function _anyPosition(uint256 seed) internal pure returns (Position memory) {
        uint256 side = seed % 2;
        return _at((seed >> 8) % 4, side, (seed >> 16) % (side == 0 ? 3 : 2), 0);
    }

    function _openingAt(Position memory p) internal view returns (bytes memory) {
        return abi.decode(encoded, (Encoder.Encoded)).open(p.pair, p.side, p.symbol, p.chunk);
    }
}
