// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Line} from "../../src/types/Line.sol";
import {ChallengesFixture} from "./ChallengesFixture.sol";
import {Encoder} from "./Encoder.sol";

/// @notice Faults of the fixture's header, and the calls that fine for them.
abstract contract FinesFixture is ChallengesFixture {
    using Encoder for Encoder.Encoded;

    /// @dev When the first pair expires.
    uint256 internal constant EXPIRED = START + WINDOW + 1;

    /// @dev Has a pair of the header expire, as the challenge of CHALLENGER.
    function _expire(uint256 pair) internal {
        _challenge(CHALLENGER, _at(pair, 0, 0, 0));
        vm.warp(block.timestamp + WINDOW + 1);
        disputes.expire(header, _at(pair, 0, 0, 0));
    }

    /// @dev Posts a batch with a column that lies, and has CHALLENGER prove it.
    function _prove() internal {
        Encoder.Encoded memory e = Encoder.encode(4, _batch("lie", 150));
        _flipAt(e.rows[3], 0);
        e.commit();
        encoded = abi.encode(e);
        _use(e);
        Line memory line = Line({side: 1, index: 0, chunk: 0, byteIndex: 0, points: 11});
        bytes[] memory openings = _openingsOf(e, line, 0, 3);
        vm.prank(CHALLENGER);
        disputes.disproveParity(header, INDEX, headerPath, line, openings);
    }

    function _fineHolder(uint256 pair) internal {
        disputes.fineHolder(header, uint8(pair), _attested(_holder(root, pair)), _current());
    }

    function _fineOverWithheld(uint256 pair) internal {
        disputes.fineDisperserOverWithheld(header, uint8(pair), _requested(header));
    }

    function _expectDeposits(uint256 lessAt, uint256 holderFine, uint256 disperserFine) internal view {
        for (uint256 i = 0; i < members.length; i++) {
            uint256 lost = i == lessAt ? holderFine : 0;
            vm.assertEq(disputes.depositOf(members[i].signer), DEPOSIT - lost);
        }
        vm.assertEq(disputes.depositOf(DISPERSER), DEPOSIT - disperserFine);
    }
}
