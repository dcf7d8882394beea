// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Position} from "../../src/types/Position.sol";
import {DisputesFixture} from "./DisputesFixture.sol";
import {Encoder} from "./Encoder.sol";

/// @notice One certified batch of a committee of four, and challenges to it.
abstract contract ChallengesFixture is DisputesFixture {
    using Encoder for Encoder.Encoded;

    /// @dev Encoded once: schoolbook arithmetic is slow.
    bytes internal encoded;
    bytes internal header;
    bytes internal certificate;
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
        certificate = _certificateOf(e);
        digest = ledger.headerDigest(header);
        root = e.root;
    }

    function _challenge(address challenger, Position memory position) internal {
        vm.deal(challenger, BOND);
        vm.prank(challenger);
        disputes.challenge{value: BOND}(certificate, members, position);
    }

    function _isOpen(address challenger, Position memory position) internal view returns (bool) {
        (, uint48 deadline,) = disputes.challengeOf(_idOf(digest, position, challenger));
        return deadline != 0;
    }

    function _anyPosition(uint256 seed) internal pure returns (Position memory) {
        uint256 side = seed % 2;
        return _at((seed >> 8) % 4, side, (seed >> 16) % (side == 0 ? 3 : 2), 0);
    }

    function _openingAt(Position memory p) internal view returns (bytes memory) {
        return abi.decode(encoded, (Encoder.Encoded)).open(p.pair, p.side, p.symbol, p.chunk);
    }
}
